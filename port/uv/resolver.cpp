#include "resolver.hpp"

#include "address.hpp"
#include "system_error.hpp"

#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cassert>
#include <new>
#include <utility>

namespace kedge::uv {

Resolver::Resolver(Block& block) noexcept : block_(block) {
  for (Request& request : requests_) request.resolver = this;
  if (!block.loop().usable()) return;
  uv_timer_init(block.loop().loop(), &answer_timer_);
  answer_timer_.data = this;
  block.opened();
}

Result<void> Resolver::resolve(std::string_view host, std::uint16_t tcp_port) noexcept {
  if (!block_.loop().usable()) return block_.loop().failure();
  if (wanted_ != nullptr || literal_pending_) {
    return Error(ErrorKind::config, "a lookup is under way already");
  }
  if (host.empty() || host.size() > host_bytes_max || host.find('\0') != std::string_view::npos) {
    return Error(ErrorKind::config, "the host name is empty, too long or holds a NUL");
  }
  *std::copy(host.begin(), host.end(), host_.begin()) = '\0';
  tcp_port_ = tcp_port;
  const Result<std::optional<Address>> literal = parse_literal(host_.data(), tcp_port);
  if (!literal) return literal.error();
  if (!literal.value()) return look_up(host_.data(), host);
  addresses_[0] = *literal.value();
  literal_pending_ = true;
  uv_timer_start(
      &answer_timer_, [](uv_timer_t* timer) { static_cast<Resolver*>(timer->data)->answer(); }, 0, 0);
  return {};
}

Result<void> Resolver::look_up(const char* host, std::string_view name) noexcept {
  const auto free = std::find_if(requests_.begin(), requests_.end(),
                                 [](const Request& request) { return !request.with_libuv; });
  if (free == requests_.end()) {
    return Error(ErrorKind::connection, Layer::resolver, UV_EAI_AGAIN,
                 "earlier lookups have not returned yet: the name servers do not answer");
  }
  free->uv.data = &*free;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_protocol = IPPROTO_TCP;
  const auto done = [](uv_getaddrinfo_t* uv, int status, addrinfo* list) {
    auto* request = static_cast<Request*>(uv->data);
    request->resolver->returned(*request, status, list);
  };
  const int status = uv_getaddrinfo(block_.loop().loop(), &free->uv, done, host, nullptr, &hints);
  if (status != 0) return resolver_error(status, name);
  free->with_libuv = true;
  wanted_ = &*free;
  block_.opened();
  block_.loop().hold();
  block_.loop().lookup_started();
  return {};
}

void Resolver::answer() noexcept {
  const EventScope scope(block_);
  assert(literal_pending_ && wanted_ == nullptr && events_ != nullptr);
  literal_pending_ = false;
  events_->on_resolved(std::span(addresses_).first(1), Error{});
}

void Resolver::returned(Request& request, int status, const addrinfo* list) noexcept {
  assert(request.with_libuv && "a lookup returns twice");
  request.with_libuv = false;
  const bool wanted = wanted_ == &request;
  block_.loop().lookup_returned(!wanted);
  if (wanted) {
    const EventScope scope(block_);
    wanted_ = nullptr;
    block_.loop().unhold();
    std::span<const Address> found;
    if (status == 0) found = collect(list);
    if (status == 0 && found.empty()) status = UV_EAI_NODATA;
    const Error error = status == 0 ? Error{} : resolver_error(status, host_.data());
    events_->on_resolved(found, error);
    many_.reset();
  }
  uv_freeaddrinfo(const_cast<addrinfo*>(list));
  block_.closed();
}

std::span<Address> Resolver::collect(const addrinfo* list) noexcept {
  std::size_t count = 0;
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) ++count;
  std::span<Address> room(addresses_);
  if (count > room.size()) {
    many_.reset(new (std::nothrow) Address[count]);
    if (many_ != nullptr) room = std::span(many_.get(), count);
  }
  std::size_t found = 0;
  for (; list != nullptr && found < room.size(); list = list->ai_next) {
    std::optional<Address> address = from_system(*list->ai_addr);
    if (!address) continue;
    address->port = tcp_port_;
    room[found++] = *address;
  }
  return room.first(found);
}

void Resolver::cancel() noexcept {
  if (std::exchange(literal_pending_, false)) uv_timer_stop(&answer_timer_);
  if (wanted_ == nullptr) return;
  Request* orphan = std::exchange(wanted_, nullptr);
  // Succeeds only while no thread has begun with it; either way its callback finds it unwanted.
  (void)uv_cancel(reinterpret_cast<uv_req_t*>(&orphan->uv));
  block_.loop().unhold();
  block_.loop().lookup_orphaned();
}

void Resolver::abandon() noexcept {
  cancel();
  if (!block_.loop().usable()) return;
  uv_close(reinterpret_cast<uv_handle_t*>(&answer_timer_),
           [](uv_handle_t* handle) { static_cast<Resolver*>(handle->data)->block_.closed(); });
}

}  // namespace kedge::uv
