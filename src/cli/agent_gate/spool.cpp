#include "spool.hpp"

#include "../../crypto/digest.hpp"
#include "../../program/hex.hpp"
#include "../../ws/url.hpp"

#include <kedge/json.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace kedge::cli::agent_gate {

namespace {

// A temporary file has the name of its row behind this.
constexpr std::string_view temporary_prefix = ".new-";
constexpr std::string_view row_suffix = ".json";
constexpr int creations_max = 64;
constexpr std::uint8_t row_depth_max = 255;
constexpr std::size_t server_digits = 32;

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

// What tells one server from another. The query may hold a secret, and names are seen by whoever lists them.
std::string server_text(std::string_view text) {
  const auto url = ws::parse_url(text);
  if (!url) return std::string(text.substr(0, text.find('?')));
  std::string host(url->host);
  for (char& c : host) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::string_view path = url->target.substr(0, url->target.find('?'));
  return std::string(url->secure ? "wss://" : "ws://")
      .append(host)
      .append(" ")
      .append(std::to_string(url->port))
      .append(path.empty() ? "/" : path);
}

std::string server_name(std::string_view url) {
  const std::string text = server_text(url);
  std::array<std::byte, 32> digest{};
  if (!crypto::sha256(std::as_bytes(std::span(text)), digest)) return {};
  return program::to_hex(digest).substr(0, server_digits);
}

std::string random_digits() {
  std::array<std::byte, 8> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return {};
  return program::to_hex(bytes);
}

// Names in the order of time, as far as the clock goes.
std::string time_digits() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto count = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%020lld",
                static_cast<long long>(std::max<std::int64_t>(count, 0)));
  return text.data();
}

bool write_whole(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// What the file holds, without its last line end; none when it cannot be read, or is larger.
std::optional<std::string> content(int fd, std::uint64_t bytes_max) {
  struct stat about {};
  if (::fstat(fd, &about) != 0 || static_cast<std::uint64_t>(about.st_size) > bytes_max) return std::nullopt;
  std::string text(static_cast<std::size_t>(about.st_size), '\0');
  for (std::size_t size = 0; size < text.size();) {
    const ssize_t count = ::read(fd, text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    size += static_cast<std::size_t>(count);
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

bool is_own_file(int fd) noexcept {
  struct stat about {};
  return ::fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_uid == ::geteuid();
}

// Whether the open file still has a name.
bool is_there(int fd) noexcept {
  struct stat about {};
  return ::fstat(fd, &about) == 0 && about.st_nlink != 0;
}

// Why it could not be locked; 0 when it is.
int lock(int fd, int how) noexcept {
  while (::flock(fd, how) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

bool is_row(std::string_view name) noexcept {
  return name.ends_with(row_suffix) && !name.starts_with(temporary_prefix);
}

std::string temporary_name(const std::string& row) {
  return std::string(temporary_prefix).append(row);
}

// Why the last of them could not be made; 0 when it could, or is there.
int make_folders(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const bool there = ::mkdir(path.substr(0, end).c_str(), 0700) == 0 || errno == EEXIST;
    if (end == std::string::npos) return there ? 0 : errno;
  }
}

}  // namespace

const char* state_home() noexcept {
  const char* state = std::getenv("XDG_STATE_HOME");
  return state != nullptr && *state == '/' ? state : nullptr;
}

Result<std::string> spool_folder() {
  if (const char* state = state_home()) return std::string(state) + "/kedge";
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home == '/') return std::string(home) + "/.local/state/kedge";
  return Error(ErrorKind::config, "neither XDG_STATE_HOME nor HOME names a folder");
}

Spool::Spool(Result<std::string> folder, std::string_view url, Bounds bounds)
    : folder_(std::move(folder)), server_(server_name(url)), bounds_(bounds) {}

Error Spool::because(int code, std::string_view what) const noexcept {
  return Error(ErrorKind::closed, Layer::system, code, folder_ ? std::string_view(*folder_) : "")
      .append(what)
      .append(std::strerror(code));
}

Result<void> Spool::open(bool make) {
  if (!folder_) return folder_.error();
  if (directory_) return {};
  if (server_.empty()) return Error(ErrorKind::config, "no hash could be made");
  const int not_made = make ? make_folders(*folder_) : 0;
  program::Descriptor directory(::open(folder_->c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) {
    if (errno == ELOOP || errno == ENOTDIR) {
      return Error(ErrorKind::config, *folder_).append(" is a symbolic link, or no folder");
    }
    return because(not_made != 0 ? not_made : errno, ": ");
  }
  struct stat about {};
  if (::fstat(directory.get(), &about) != 0) return because(errno, ": ");
  if (about.st_uid != ::geteuid()) return Error(ErrorKind::config, *folder_).append(" is somebody else's");
  if ((about.st_mode & 077) != 0 && ::fchmod(directory.get(), 0700) != 0) return because(errno, ": ");
  directory_ = std::move(directory);
  return {};
}

std::vector<std::string> Spool::names() const {
  std::vector<std::string> names;
  program::Descriptor listed(::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::unique_ptr<DIR, CloseFolder> folder(listed ? ::fdopendir(listed.get()) : nullptr);
  if (!folder) return names;
  (void)listed.release();  // the folder closes it
  while (const dirent* entry = ::readdir(folder.get())) names.emplace_back(entry->d_name);
  std::sort(names.begin(), names.end());
  return names;
}

bool Spool::is_ours(std::string_view name) const noexcept {
  return name.starts_with(server_) && is_row(name);
}

Spool::Usage Spool::usage() const {
  Usage usage;
  for (const std::string& name : names()) {
    struct stat about {};
    if (::fstatat(directory_.get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (!S_ISREG(about.st_mode)) continue;
    if (is_row(name)) ++usage.rows;
    usage.bytes += static_cast<std::uint64_t>(about.st_size);
  }
  return usage;
}

Result<void> Spool::has_room(std::size_t bytes) const {
  const Usage used = usage();
  if (used.rows >= bounds_.rows) {
    return Error(ErrorKind::queue_full, *folder_)
        .append(" is full: ")
        .append(static_cast<std::int64_t>(used.rows))
        .append(" results");
  }
  if (used.bytes + bytes >= bounds_.bytes) {
    return Error(ErrorKind::queue_full, *folder_)
        .append(" is full: ")
        .append(static_cast<std::int64_t>(used.bytes))
        .append(" bytes");
  }
  return {};
}

Result<Spool::Row> Spool::keep(std::string_view json) {
  if (auto opened = open(true); !opened) return opened.error();
  settle_leftovers();
  if (auto room = has_room(json.size()); !room) return room.error();
  Row row;
  row.name = new_name();
  auto file = create(row.name);
  if (!file) return file.error();
  row.lock = *std::move(file);
  row.json = json;
  if (auto written = write(json, row); !written) {
    (void)::unlinkat(directory_.get(), temporary_name(row.name).c_str(), 0);
    return written.error();
  }
  return row;
}

Result<void> Spool::check() {
  if (auto opened = open(true); !opened) return opened;
  if (auto room = has_room(1); !room) return room;
  const std::string name = new_name();
  const auto file = create(name);
  if (file) (void)::unlinkat(directory_.get(), temporary_name(name).c_str(), 0);
  return file.error();
}

std::string Spool::new_name() const {
  return server_ + "-" + time_digits() + "-" + random_digits() + std::string(row_suffix);
}

Result<program::Descriptor> Spool::create(const std::string& name) const {
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  for (int times = 0; times < creations_max; ++times) {
    program::Descriptor file(::openat(directory_.get(), temporary_name(name).c_str(), flags, 0600));
    if (!file) return because(errno, ": ");
    // Where there are no locks, two processes may print one row.
    (void)lock(file.get(), LOCK_EX);
    // Until it was held it looked like a killed writer's, and may have been removed.
    if (is_there(file.get())) return file;
  }
  return Error(ErrorKind::closed, *folder_).append(": each new file was removed at once");
}

Result<void> Spool::write(std::string_view json, const Row& row) const {
  const int fd = row.lock.get();
  if (!write_whole(fd, json) || !write_whole(fd, "\n") || ::fsync(fd) != 0) return because(errno, ": ");
  const int folder = directory_.get();
  if (::renameat(folder, temporary_name(row.name).c_str(), folder, row.name.c_str()) != 0) {
    return because(errno, ": ");
  }
  (void)::fsync(folder);  // the row is there, and some file systems cannot
  return {};
}

void Spool::settle_leftovers() const {
  for (const std::string& name : names()) {
    if (name.starts_with(temporary_prefix)) settle_leftover(name);
  }
}

void Spool::settle_leftover(const std::string& temporary) const {
  const int folder = directory_.get();
  // Some file systems lock for writing only what was opened for it.
  program::Descriptor file(::openat(folder, temporary.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  // Whoever writes it holds it. Where there are no locks nobody can know, and it stays.
  if (!file || !is_own_file(file.get()) || lock(file.get(), LOCK_EX | LOCK_NB) != 0) return;
  const auto text = content(file.get(), bounds_.bytes);
  if (!text) return;
  if (!json::parse(*text, row_depth_max)) {
    (void)::unlinkat(folder, temporary.c_str(), 0);
    return;
  }
  // Earlier versions did not name the server: then it is of the first who finds it.
  std::string name = temporary.substr(temporary_prefix.size());
  if (!is_row(name)) name = new_name();
  if (::fsync(file.get()) == 0 && ::renameat(folder, temporary.c_str(), folder, name.c_str()) == 0) {
    (void)::fsync(folder);
  }
}

Spool::Row Spool::read(const std::string& name) const {
  constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  program::Descriptor file(::openat(directory_.get(), name.c_str(), flags));
  if (!file || !is_own_file(file.get())) return {};
  auto text = content(file.get(), bounds_.bytes);
  if (!text || !json::parse(*text, row_depth_max)) return {};
  return {name, *std::move(text), std::move(file)};
}

Result<Spool::Taken> Spool::take() {
  Taken taken;
  auto opened = open(false);
  if (!opened && opened.error().layer_code() == ENOENT) return taken;
  if (!opened) return opened.error();
  settle_leftovers();
  for (const std::string& name : names()) {
    if (!is_ours(name)) continue;
    Row row = read(name);
    if (!row.lock) {
      struct stat about {};
      // Gone since they were listed: another process has printed it.
      if (::fstatat(directory_.get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0) ++taken.unreadable;
      continue;
    }
    if (lock(row.lock.get(), LOCK_EX | LOCK_NB) == EWOULDBLOCK || !is_there(row.lock.get())) continue;
    taken.rows.push_back(std::move(row));
  }
  return taken;
}

std::size_t Spool::waiting() {
  if (!open(false)) return 0;
  settle_leftovers();
  const auto all = names();
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [this](const std::string& name) { return is_ours(name); }));
}

void Spool::remove(const Row& row) noexcept {
  if (!row.name.empty()) (void)::unlinkat(directory_.get(), row.name.c_str(), 0);
}

}  // namespace kedge::cli::agent_gate
