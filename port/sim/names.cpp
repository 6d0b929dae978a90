#include "names.hpp"

#include <algorithm>

namespace kedge::sim::detail {

namespace {

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

Names::Names(std::size_t capacity) : entries_(std::make_unique<Entry[]>(capacity)), capacity_(capacity) {}

bool Names::set(std::string_view name, Answer answer, std::span<const Address> addresses,
                Duration delay) noexcept {
  if (name.empty() || name.size() > name_bytes_max || addresses.size() > addresses_max) return false;
  Entry* entry = const_cast<Entry*>(find(name));
  if (entry == nullptr) {
    if (count_ == capacity_) return false;
    entry = &entries_[count_++];
    std::transform(name.begin(), name.end(), entry->name.begin(), lower);
    entry->name_size = name.size();
  }
  std::copy(addresses.begin(), addresses.end(), entry->addresses.begin());
  entry->address_count = addresses.size();
  entry->answer = answer;
  entry->delay = delay;
  return true;
}

const Names::Entry* Names::find(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    const std::string_view known(entries_[i].name.data(), entries_[i].name_size);
    if (std::equal(known.begin(), known.end(), name.begin(), name.end(),
                   [](char a, char b) noexcept { return a == lower(b); })) {
      return &entries_[i];
    }
  }
  return nullptr;
}

std::optional<Address> Names::dotted_quad(std::string_view text) noexcept {
  Address address;
  for (std::size_t part = 0; part < 4; ++part) {
    std::size_t digits = 0;
    unsigned value = 0;
    while (digits < text.size() && digits < 3 && text[digits] >= '0' && text[digits] <= '9') {
      value = value * 10 + static_cast<unsigned>(text[digits++] - '0');
    }
    if (digits == 0 || value > 255 || (digits > 1 && text[0] == '0')) return std::nullopt;
    text.remove_prefix(digits);
    if (part < 3) {
      if (text.empty() || text[0] != '.') return std::nullopt;
      text.remove_prefix(1);
    }
    address.bytes[part] = static_cast<std::uint8_t>(value);
  }
  return text.empty() ? std::optional(address) : std::nullopt;
}

}  // namespace kedge::sim::detail
