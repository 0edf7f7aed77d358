#pragma once

#include <span>

namespace omnistream::storage {

/// One file of storage/migrations/, in order; applied once, in one transaction.
struct migration {
  int version;
  const char* name;
  const char* sql;
};
std::span<const migration> all_migrations();

}  // namespace omnistream::storage
