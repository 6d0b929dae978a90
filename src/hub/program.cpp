#include "program.hpp"

#include "../program/address.hpp"
#include "../program/certificate_files.hpp"
#include "../program/json_log.hpp"
#include "../program/signals.hpp"
#include "../program/string_sink.hpp"
#include "../server/server.hpp"
#include "../server/tls_acceptor.hpp"
#include "operator_api.hpp"

#include <kedge/port_uv.hpp>
#include <kedge/tls.hpp>

#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace kedge::hub {

namespace {

/// An address that is listened on, and who is spoken to there.
struct Place {
  std::string option;  ///< that named it
  Address address;
  std::vector<Side*> sides;
  std::unique_ptr<uv::Listener> listener;
};

/// The hub's parts, in the order in which they need each other.
class Hub {
 public:
  explicit Hub(HubOptions options) : log_(port_, options.log_level), options_(std::move(options)) {}

  HubExit run();

 private:
  /// None when all is well.
  std::optional<HubExit> secure();
  void make_places();
  void make_server();
  HubExit bind();
  Result<Address> listen(Place& place);
  void tell_where(std::uint16_t operator_port);
  void on_signal() noexcept;
  HubExit fail(HubExit code, const Error& error) noexcept;
  void log(const LogRecord& record) noexcept;

  program::Signals signals_;  // before the loop
  uv::Loop loop_;
  uv::Port port_{loop_};
  program::JsonLog log_;
  HubOptions options_;
  const server::ServerConfig config_;
  std::vector<server::Offer> offers_;
  std::vector<Place> places_;
  tls::Server tls_server_{port_};
  std::unique_ptr<server::SlotTlsAcceptor> tls_;
  std::unique_ptr<server::Server> server_;
  std::unique_ptr<OperatorApi> operator_;
  bool shutting_down_ = false;
};

// Which of the two addresses it was.
Error at(std::string_view where, const Error& error) noexcept {
  return Error(error.kind(), where).append(": ").append(error.message());
}

HubExit Hub::fail(HubExit code, const Error& error) noexcept {
  log_.write(LogRecord{LogLevel::error, "start", {}, error.message()});
  return code;
}

HubExit Hub::run() {
  if (const auto status = loop_.status(); !status) return fail(HubExit::other, status.error());
  if (!options_.certificate_file.empty()) {
    if (const auto end = secure()) return *end;
  }
  make_places();
  make_server();
  // Before anybody hears that we listen.
  signals_.watch(loop_, {SIGINT, SIGTERM}, [this](int) noexcept { on_signal(); });
  if (const HubExit bound = bind(); bound != HubExit::ok) return bound;
  loop_.run();
  operator_.reset();
  return HubExit::ok;
}

void Hub::make_places() {
  Place shared{.option = "--listen", .address = options_.listen, .sides = {}, .listener = {}};
  for (const auto& side : options_.sides) {
    if (const auto own = side->own_address()) {
      places_.push_back({own->option, own->address, {side.get()}, {}});
    } else {
      shared.sides.push_back(side.get());
    }
  }
  if (!shared.sides.empty()) places_.insert(places_.begin(), std::move(shared));
}

void Hub::make_server() {
  for (const auto& side : options_.sides) offers_.push_back(side->offer());
  if (!options_.certificate_file.empty()) {
    tls_ = std::make_unique<server::SlotTlsAcceptor>(tls_server_, slot_count(config_, offers_));
  }
  server_ = std::make_unique<server::Server>(port_, config_, offers_,
                                             [this](const LogRecord& record) noexcept { log(record); });
  std::vector<OperatorPart*> parts;
  for (const auto& side : options_.sides) {
    side->attach(*server_);
    parts.push_back(&side->operator_part());
  }
  operator_ = std::make_unique<OperatorApi>(loop_, *server_, std::move(parts));
}

// What agents and peers do is told each time; what the system refuses may come in storms.
void Hub::log(const LogRecord& record) noexcept {
  if (record.event == "accept") return log_.write_rarely(record);
  log_.write(record);
}

std::optional<HubExit> Hub::secure() {
  const program::Patience patience(program::daemon_patience);
  program::KeptFile certificate = program::certificate_file(options_.certificate_file);
  program::KeptFile key = program::certificate_file(options_.key_file);
  for (program::KeptFile* file : {&certificate, &key}) {
    const Error error = file->prepare(patience).error();
    if (error.kind() == ErrorKind::cancelled) return HubExit::ok;
    if (error) return fail(HubExit::usage, at(file->path(), error));
  }
  const auto configured = program::configure(tls_server_, certificate, key);
  if (!configured) return fail(HubExit::usage, configured.error());
  return std::nullopt;
}

HubExit Hub::bind() {
  for (Place& place : places_) {
    const auto bound = listen(place);
    if (!bound) {
      return fail(HubExit::listen, at(place.option + " " + program::to_string(place.address), bound.error()));
    }
    place.address = *bound;
  }
  const auto operator_port = operator_->listen(options_.operator_port);
  if (!operator_port) {
    const std::string where = "--operator 127.0.0.1:" + std::to_string(options_.operator_port);
    return fail(HubExit::listen, at(where, operator_port.error()));
  }
  tell_where(*operator_port);
  return HubExit::ok;
}

Result<Address> Hub::listen(Place& place) {
  std::vector<server::Service*> services;
  std::vector<server::Offer> offers;
  for (Side* side : place.sides) {
    offers.push_back(side->offer());
    services.push_back(offers.back().service);
  }
  place.listener =
      std::make_unique<uv::Listener>(loop_, uv::ListenerOptions{.streams_max = slot_count(config_, offers)});
  return server_->listen(*place.listener, tls_.get(), place.address, services);
}

void Hub::tell_where(std::uint16_t operator_port) {
  program::StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().member("event", "listening");
  for (const Place& place : places_) {
    const std::string base = (tls_ != nullptr ? "wss://" : "ws://") + program::to_string(place.address);
    for (const Side* side : place.sides) side->tell_where(writer, base);
  }
  writer.member("operator", "http://127.0.0.1:" + std::to_string(operator_port)).end_object();
  std::printf("%s\n", sink.text().c_str());
  std::fflush(stdout);
}

void Hub::on_signal() noexcept {
  if (shutting_down_) uv::exit_now(static_cast<int>(HubExit::interrupted));
  shutting_down_ = true;
  log_.write(LogRecord{LogLevel::info, "shutdown", {}, "a signal has come"});
  server_->shut_down([this]() noexcept {
    signals_.close();
    loop_.stop();
  });
}

}  // namespace

HubExit run_hub(HubOptions options) {
  return std::make_unique<Hub>(std::move(options))->run();
}

}  // namespace kedge::hub
