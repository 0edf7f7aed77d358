#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "storage/embedded/account.hpp"
#include "storage/embedded/binaries.hpp"

namespace omnistream::storage::embedded {

/// The folders of an embedded server, all below the data folder except, if need be, the socket's.
struct layout {
  std::filesystem::path data;     ///< absolute
  std::filesystem::path cluster;  ///< data/postgres
  std::filesystem::path lock;     ///< data/postgres.lock, held while a server is being brought up
  std::filesystem::path
      socket;  ///< data/postgres_socket, or a folder under /tmp when that path is too long
  std::filesystem::path log() const { return cluster / "log"; }
};
layout layout_of(const std::string& data_dir);

/// The major version that made the cluster; 0 if there is none yet.
int cluster_version(const layout& where);

/// Makes the cluster in a temporary sibling and renames it, so that a crash leaves no half-made
/// one. Throws std::runtime_error with initdb's words and what to do.
void make_cluster(const layout& where, const binaries& programs, const account& who);

/// Writes our settings and makes the folders a start needs. A user's own settings go below the
/// include line of postgresql.conf and win.
void write_settings(const layout& where, const account& who);

/// Adds what a person can do to an error text of PostgreSQL.
std::string with_advice(const std::string& text, const layout& where);

}  // namespace omnistream::storage::embedded
