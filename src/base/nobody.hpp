#pragma once
// Hears what a stream still says when whoever used it is gone.

#include <kedge/port.hpp>

namespace kedge {

class Nobody final : public StreamEvents {
 public:
  void on_open() noexcept override {}
  void on_error(const Error&) noexcept override {}
  void on_readable() noexcept override {}
  void on_writable() noexcept override {}
  void on_closed() noexcept override {}
};

inline constinit Nobody nobody;

}  // namespace kedge
