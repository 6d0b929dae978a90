#include "endpoint.hpp"

#include "connector.hpp"

namespace kedge::hub::btp {

bool Endpoint::pings() const noexcept {
  return connector_.pings();
}

void Endpoint::on_open(Connection& connection) noexcept {
  connector_.on_open(connection, dialect_);
}

void Endpoint::on_message(Connection& connection, ws::MessageType type,
                          std::span<const std::byte> payload) noexcept {
  connector_.on_message(connection, type, payload);
}

void Endpoint::on_closed(Connection& connection, const Error& why) noexcept {
  connector_.on_closed(connection, why);
}

void Endpoint::on_turn(Instant now) noexcept {
  connector_.on_turn(now);
}

Instant Endpoint::next_deadline() const noexcept {
  return connector_.next_deadline();
}

}  // namespace kedge::hub::btp
