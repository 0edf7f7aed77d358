#pragma once

#include <string>
#include <utility>
#include <vector>

namespace omnistream::load {

/// A chart of lines over two axes. Values must be positive where the axis is logarithmic.
struct line_chart {
  struct series {
    std::string name;
    std::vector<std::pair<double, double>> points;  ///< by x
  };
  struct axis {
    std::string title;
    bool logarithmic = false;
  };

  std::string title;
  axis x;
  axis y;
  std::vector<series> lines;
};

/// The chart as an SVG document of 760 x 420. Without any point it is the empty frame. Pure.
std::string svg(const line_chart& chart);

/// Where an axis from `low` to `high` is marked: round numbers, both ends covered. Pure.
std::vector<double> axis_ticks(double low, double high, bool logarithmic);

}  // namespace omnistream::load
