#pragma once
// JSON goes here when its length is not known before it is written.

#include <kedge/sink.hpp>

#include <span>
#include <string>
#include <utility>

namespace kedge::program {

class StringSink final : public Sink {
 public:
  using Sink::write;
  bool write(std::span<const std::byte> bytes) noexcept override {
    text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return true;
  }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] std::string take() noexcept { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace kedge::program
