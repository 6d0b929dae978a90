#pragma once
// A file that is named on a command line or in the environment, of whatever kind it is.

#include "patience.hpp"
#include "secret_text.hpp"

#include <kedge/result.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace kedge::program {

/// Reads a file of whatever kind once, or standard input when its name is "-": to its end, or until `into` is
/// full. Waits for who writes it, and has the errors, as KeptFile::prepare.
Result<void> read_once(const std::string& path, SecretText& into, const Patience& patience);

/// A regular file is read when it is wanted, each time. What is none - a FIFO, `<(...)`, /dev/stdin, a device
/// - gives what it has but once: it is read by `prepare`, and kept.
///
/// Errors are of kind config, with the reason alone, never the path: who puts a secret where a file's name
/// belongs must not read it in a log. Only from `prepare`: timeout (nobody has written it in time) and
/// cancelled (SIGINT or SIGTERM came meanwhile, which does nothing else then; not without patience).
class KeptFile {
 public:
  KeptFile(std::string path, std::size_t bytes_max) : path_(std::move(path)), bytes_max_(bytes_max) {}

  /// Reads and keeps what is no regular file, unless that was done before. Waits for who writes it as long as
  /// there is patience.
  Result<void> prepare(const Patience& patience);
  [[nodiscard]] bool is_kept() const noexcept { return kept_ != nullptr; }
  /// Not before `prepare`. `into` has room for `bytes_max` and one more. Never waits.
  Result<void> read(SecretText& into) const;
  /// The same with memory of its own.
  [[nodiscard]] Result<std::unique_ptr<SecretText>> read() const;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  Result<void> read_descriptor(int descriptor, SecretText& into, const Patience& patience) const;

  std::string path_;
  std::size_t bytes_max_;
  std::unique_ptr<SecretText> kept_;
};

}  // namespace kedge::program
