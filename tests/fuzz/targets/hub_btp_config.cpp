// The BTP file of kedge-hub, and its peers': any text gives what is within its ranges, or an error with a
// place.
#include "hub/btp/config.hpp"
#include "hub/btp/peer_tokens.hpp"

#include <kedge/btp.hpp>
#include <kedge/ilp.hpp>

#include "../fuzz.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>

using namespace kedge;
using namespace kedge::fuzz;
using namespace kedge::hub::btp;

namespace {

void check(const Route& route) {
  constexpr auto year = std::chrono::hours{24 * 365};
  PROMISE(is_prefix(route.prefix) && route.prefix.size() <= ilp::address_bytes_max, "a prefix of addresses");
  PROMISE(route.delay >= Duration::zero() && route.delay <= year && route.reverse <= 1024,
          "a route is within its ranges");
  if (const auto* fulfilling = std::get_if<Fulfilling>(&route.action)) {
    PROMISE(!fulfilling->fulfillment || fulfilling->fulfillment->size() == 32, "a fulfillment has 32 bytes");
  } else if (const auto* rejecting = std::get_if<Rejecting>(&route.action)) {
    PROMISE(rejecting->code.size() == 3, "a code has three characters");
  } else {
    const std::string& peer = std::get<Forwarding>(route.action).peer;
    PROMISE(!peer.empty() && peer.size() <= kedge::btp::peer_id_bytes_max, "a peer has an id");
  }
}

/// By the definition: an address, cut at dot after dot from its end, is looked for among the prefixes.
const Route* reference_find(const RouteTable& table, std::string_view address) {
  for (;;) {
    for (const Route& route : table.routes()) {
      if (route.prefix == address) return &route;
    }
    if (address.empty()) return nullptr;
    const std::size_t dot = address.rfind('.');
    address = dot == std::string_view::npos ? std::string_view() : address.substr(0, dot);
  }
}

bool reads(std::string_view text, std::string_view address) {
  try {
    const Config config = read_config(text);
    PROMISE(is_path(config.crosstown_path) && is_path(config.btp2_path), "paths that can be served");
    PROMISE(config.crosstown_path != config.btp2_path, "one for each dialect");
    PROMISE(is_prefix(config.address) && !config.address.empty(), "an address of its own");
    PROMISE(config.packets_max <= 65536, "a bound on packets");
    for (const Route& route : config.routes.routes()) {
      check(route);
      PROMISE(config.routes.find(route.prefix) == &route, "a prefix finds its own route");
    }
    PROMISE(config.routes.find(address) == reference_find(config.routes, address), "the longest prefix wins");
    return true;
  } catch (const std::runtime_error& error) {
    PROMISE(!std::string_view(error.what()).empty(), "an error has words");
    return false;
  }
}

void peers(std::string_view content) {
  static const int file = memfd_create("peers", 0);
  PROMISE(file >= 0 && ftruncate(file, 0) == 0, "a file in memory");
  PROMISE(pwrite(file, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size()),
          "room in it");
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  try {
    PROMISE(!read_peer_tokens(path).empty(), "a file that is taken has peers");
  } catch (const std::runtime_error& error) {
    PROMISE(std::string_view(error.what()).starts_with(path + ": "), "an error names the file");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::string address(input.until('\n'));
  const Exact text(input.rest());
  // An address for the routes, or none for a file of peers. White space counts for nothing.
  if (is_prefix(address)) {
    PROMISE(reads(text.text(), address) == reads(" \n" + std::string(text.text()) + "\t", address),
            "nor does white space around it");
  }
  if (address.empty()) peers(text.text());
  return 0;
}
