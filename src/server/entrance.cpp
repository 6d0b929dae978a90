#include "entrance.hpp"

#include "server.hpp"

#include <algorithm>

namespace kedge::server {

Result<Address> Entrance::listen(const Address& address) noexcept {
  auto bound = acceptor_.listen(address, *this);
  listening_ = bound.ok();
  return bound;
}

Service* Entrance::service_for(std::string_view path) const noexcept {
  auto found =
      std::find_if(services_.begin(), services_.end(), [&](const Service* s) { return s->serves(path); });
  if (found == services_.end()) {
    found = std::find_if(services_.begin(), services_.end(),
                         [](const Service* s) { return s->takes_the_rest(); });
  }
  return found == services_.end() ? nullptr : *found;
}

void Entrance::on_accept(Stream& stream, const Address& peer) noexcept {
  server_.accept(stream, peer, *this);
}

void Entrance::on_accept_error(const Error& error) noexcept {
  server_.log(LogLevel::warning, "accept", error.message());
}

void Entrance::on_accept_closed() noexcept {
  listening_ = false;
  server_.report_shut_down();
}

}  // namespace kedge::server
