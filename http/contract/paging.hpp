#pragma once

namespace omnistream::http::contract {

/// The last page that a list may be asked for, so that what the database computes from it stays a
/// number.
inline constexpr double page_max = 10'000'000;

}  // namespace omnistream::http::contract
