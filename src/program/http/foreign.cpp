#include "foreign.hpp"

#include "../loopback.hpp"

namespace kedge::program {

std::string_view foreign_part(const HttpRequest& request) noexcept {
  if (!request.authority.empty() && !is_loopback_authority(request.authority)) return "target";
  if (!request.host.empty() && !is_loopback_authority(request.host)) return "Host header";
  if (!request.origin.empty() && !is_loopback_origin(request.origin)) return "Origin header";
  return {};
}

}  // namespace kedge::program
