#include "../../codec/utf8.hpp"
#include "placement.hpp"
#include "protocol_client_core.hpp"

#include <kedge/protocol_client.hpp>

// The public face of whoever's protocol: each call goes to the core behind it.

namespace kedge {

namespace {

/// A message that is text already.
struct Ready {
  std::string_view text;
  Result<void> operator()(Sink& sink) const noexcept {
    sink.write(text);  // whether there was room, is told at its end
    return {};
  }
};

// The peer would end the line for it, with all that is pending.
Result<void> check_text(MessageType type, std::string_view message) noexcept {
  if (type == MessageType::binary || codec::utf8_valid(message)) return {};
  return Error(ErrorKind::config, "the text is not UTF-8 (RFC 6455 section 5.6)");
}

}  // namespace

ProtocolClient::ProtocolClient(Port& port, ClientConfig&& config, const ProtocolTraits& traits,
                               const Limits& limits, std::span<std::byte> storage) noexcept {
  config_error_ = check_placement(limits, storage).error();
  if (!config_error_) core_ = place<Core>(limits, storage, port, std::move(config), *this, traits);
}

ProtocolClient::Core* ProtocolClient::core() const noexcept {
  return static_cast<Core*>(core_);
}

void ProtocolClient::accepted() noexcept {
  if (core_ != nullptr) core_->link().authenticated();
}

bool ProtocolClient::is_accepted() const noexcept {
  return core_ != nullptr && core_->link().is_accepted();
}

const Secret& ProtocolClient::secret() const noexcept {
  return core_->link().redactor().credential();
}

void ProtocolClient::end_line(const Error& why, std::optional<Verdict> verdict, std::uint16_t code) noexcept {
  if (core_ != nullptr) core_->link().end_line(why, verdict, code);
}

Result<void> ProtocolClient::set_keepalive(const KeepaliveConfig& keepalive) noexcept {
  if (core_ == nullptr) return config_error_;
  const bool pings = keepalive.interval != Duration::zero();
  if (keepalive.interval < Duration::zero() || (pings && keepalive.timeout <= Duration::zero()))
    return Error(ErrorKind::config, "a keepalive's interval is not negative, and its timeout positive");
  core_->link().set_keepalive(keepalive);
  return {};
}

void ProtocolClient::set_outbound_message_bytes_max(std::uint32_t bytes) noexcept {
  if (core_ != nullptr) core_->link().set_outbound_message_bytes_max(bytes);
}

void ProtocolClient::pause_reading() noexcept {
  if (core_ != nullptr) core_->link().pause_reading();
}

void ProtocolClient::resume_reading() noexcept {
  if (core_ != nullptr) core_->link().resume_reading();
}

void ProtocolClient::hold_messages() noexcept {
  if (core_ != nullptr) core_->link().hold_user_messages();
}

void ProtocolClient::release_messages() noexcept {
  if (core_ != nullptr) core_->link().release_user_messages();
}

Result<void> ProtocolClient::post(const PostOptions& options, std::string_view message) noexcept {
  if (auto checked = check_text(options.type, message); !checked) return checked;
  return post(options, Ready{message});
}

Result<Handle> ProtocolClient::ask(const RequestOptions& options, Completion completion,
                                   std::string_view message) noexcept {
  if (auto checked = check_text(options.type, message); !checked) return checked.error();
  return ask(options, std::move(completion), Ready{message});
}

Result<Sink*> ProtocolClient::begin_post(const PostOptions& options) noexcept {
  if (core_ == nullptr) return config_error_;
  return core()->begin_post(options);
}

Result<void> ProtocolClient::end_post(const Result<void>& encoded) noexcept {
  return core()->end_post(encoded);
}

Result<Sink*> ProtocolClient::begin_request(const RequestOptions& options,
                                            AnyCompletion completion) noexcept {
  if (core_ == nullptr) return config_error_;
  return core()->begin_request(options, std::move(completion));
}

Result<Handle> ProtocolClient::end_request(const Result<void>& encoded) noexcept {
  return core()->end_request(encoded);
}

std::optional<Handle> ProtocolClient::find(std::uint64_t id) noexcept {
  if (core_ == nullptr) return std::nullopt;
  const auto found = core()->pool().find(id);
  return found && core()->pool().get(*found)->sent ? found : std::nullopt;
}

std::uint32_t ProtocolClient::kind_of(Handle request) noexcept {
  const auto* found = core_ == nullptr ? nullptr : core()->pool().get(request);
  return found == nullptr ? 0 : found->kind;
}

bool ProtocolClient::complete_any(Handle request, const void* result) noexcept {
  return core_ != nullptr && core()->requests().complete(request, result);
}

bool ProtocolClient::fail(Handle request, const Error& error) noexcept {
  return core_ != nullptr && core()->requests().fail(request, error);
}

bool ProtocolClient::fail_unread(Handle request, const Error& error) noexcept {
  return core_ != nullptr && core()->requests().fail_unread(request, error);
}

void ProtocolClient::protocol_error(std::string_view what) noexcept {
  if (core_ != nullptr) core()->count_error(what);
}

void ProtocolClient::log(LogLevel level, std::string_view event, std::string_view message) noexcept {
  if (core_ != nullptr && core_->link().logs(level)) core_->link().log(level, event, message);
}

Error& ProtocolClient::append_of_peer(Error& error, std::string_view words) const noexcept {
  return core_ == nullptr ? error.append(words) : core_->link().redactor().append(error, words);
}

Instant ProtocolClient::now() const noexcept {
  return core_ == nullptr ? Instant{} : core_->link().port().now();
}

}  // namespace kedge
