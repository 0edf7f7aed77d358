#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "bench/load/figures.hpp"
#include "bench/load/progress.hpp"

namespace omnistream::load {

/// Requests per second that wrk told in its output under our script. Throws std::runtime_error if
/// there were errors or refusals: then it is no figure. Pure.
double parse_wrk(std::string_view output);

/// What wrk reaches with 64 connections on one thread against a simulator of its own that grants
/// any rate and posts no statuses: POST of the template message that campaigns send. Throws
/// std::runtime_error, also when wrk is not installed.
double simulator_ceiling(const std::filesystem::path& folder, int seconds);
/// The same for GET /health of a server.
double health_ceiling(const std::string& origin, const std::filesystem::path& folder, int seconds);

/// A delivery that a subscriber got once: what can be posted again.
struct known_delivery {
  std::string id;
  std::string body;
  std::int64_t events = 0;
};
/// The same for POST of a delivery, signed anew, to a subscriber of its own.
double subscriber_ceiling(const known_delivery& delivery, const std::filesystem::path& folder,
                          int seconds);

/// A ceiling that was found before and again after something: how much they differ tells how quiet
/// the machine was.
struct ceiling_pair {
  double before = 0;
  double after = 0;
  double mean() const { return (before + after) / 2; }
  figures to_figures() const;
};

struct ceiling_options {
  int seconds = 5;
};
/// Both ceilings.
figures find_ceilings(const ceiling_options& options, progress& shown);

}  // namespace omnistream::load
