#include "tls_acceptor.hpp"

namespace kedge::server {

SlotTlsAcceptor::SlotTlsAcceptor(tls::Server& server, std::size_t slots) {
  slots_.reserve(slots);
  for (std::size_t slot = 0; slot < slots; ++slot) slots_.push_back(std::make_unique<Slot>(server));
}

Result<Stream*> SlotTlsAcceptor::accept(std::size_t slot, Stream& below, StreamEvents& events,
                                        Port&) noexcept {
  if (slot >= slots_.size()) return Error(ErrorKind::config, "no TLS stream for this slot");
  return slots_[slot]->stream.start(below, events);
}

}  // namespace kedge::server
