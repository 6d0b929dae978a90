#include "websocket_host.hpp"

namespace kedge::sim {

WebSocketPeer::WebSocketPeer(World& world, const WebSocketPeerConfig& config)
    : host_(std::make_shared<detail::WebSocketHost>(world, config)) {}

WebSocketPeer::~WebSocketPeer() = default;

Result<Address> WebSocketPeer::listen(const Address& address, std::string_view host) {
  return host_->listen(address, host);
}

void WebSocketPeer::stop_listening() noexcept {
  host_->raw.stop_listening();
}

void WebSocketPeer::next(const Reception& reception, std::size_t count) {
  host_->plan(reception, count);
}

void WebSocketPeer::otherwise(const Reception& reception) {
  host_->otherwise = reception;
}

std::size_t WebSocketPeer::planned() const noexcept {
  return host_->planned;
}

void WebSocketPeer::set_on_open(WebSocketHandler handler) noexcept {
  host_->on_open = std::move(handler);
}

void WebSocketPeer::set_on_message(WebSocketMessageHandler handler) noexcept {
  host_->on_message = std::move(handler);
}

void WebSocketPeer::set_on_end(WebSocketHandler handler) noexcept {
  host_->on_end = std::move(handler);
}

std::size_t WebSocketPeer::asked() const noexcept {
  return host_->asked;
}

std::size_t WebSocketPeer::connections() const noexcept {
  return host_->lines.size();
}

WebSocketConnection* WebSocketPeer::connection(std::size_t number) const noexcept {
  return number == 0 || number > host_->lines.size() ? nullptr : host_->lines[number - 1].get();
}

WebSocketConnection* WebSocketPeer::latest() const noexcept {
  return connection(host_->lines.size());
}

const Error& WebSocketPeer::failure() const noexcept {
  return host_->failure;
}

void WebSocketPeer::set_profile(const NetworkProfile& profile) noexcept {
  host_->raw.set_profile(profile);
}

std::size_t WebSocketPeer::cut_all(Cut cut) noexcept {
  return host_->raw.cut_all(cut);
}

}  // namespace kedge::sim
