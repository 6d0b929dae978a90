#include <kedge/sim/reception.hpp>

namespace kedge::sim {

Reception Reception::refuse(int status) {
  return Reception(Kind::refuse, "HTTP/1.1 " + std::to_string(status) + " \r\n");
}

Reception& Reception::with_header(std::string_view name, std::string_view value) {
  headers_.append(name).append(": ").append(value).append("\r\n");
  return *this;
}

}  // namespace kedge::sim
