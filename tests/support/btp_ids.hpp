#pragma once
// Ids of packets come around only after 2^32 of them: tests begin where they like. Costs the product nothing.

#include "protocol/btp/impl.hpp"

#include <kedge/btp.hpp>

#include <cstdint>

namespace kedge::btp {

struct IdSeam {
  /// The client takes this id next, or the first after it that is free. For a client whose configuration is
  /// sound.
  static void go_on_at(Client& client, std::uint32_t next) noexcept {
    static_cast<Client::Impl*>(client.core_)->ids_ = Ids(next);
  }
};

}  // namespace kedge::btp
