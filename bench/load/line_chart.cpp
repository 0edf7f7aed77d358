#include "bench/load/line_chart.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "bench/load/result_table.hpp"

namespace omnistream::load {
namespace {

constexpr double width = 760, height = 420;
constexpr double left = 84, right = 24, top = 48, bottom = 64;
constexpr const char* colours[] = {"#2266aa", "#cc5522", "#338844", "#884499"};

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string escaped(const std::string& text) {
  std::string to;
  for (const char c : text) {
    if (c == '&')
      to += "&amp;";
    else if (c == '<')
      to += "&lt;";
    else
      to += c;
  }
  return to;
}

std::string words(double x, double y, const std::string& text, const std::string& more) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" " + more + ">" + escaped(text) +
         "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, const char* colour) {
  return "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) +
         "\" y2=\"" + number(y2) + "\" stroke=\"" + colour + "\"/>\n";
}

/// Values of one axis to places between two edges of the picture.
class scale {
 public:
  scale(const std::vector<double>& ticks, bool logarithmic, double from, double to)
      : logarithmic_(logarithmic),
        low_(position(ticks.front())),
        high_(position(ticks.back())),
        from_(from),
        to_(to) {}

  double place(double value) const {
    return from_ + (to_ - from_) * (position(value) - low_) / std::max(high_ - low_, 1e-12);
  }

 private:
  double position(double value) const { return logarithmic_ ? std::log10(value) : value; }
  bool logarithmic_;
  double low_, high_, from_, to_;
};

std::vector<double> ticks_over(const line_chart& chart, bool of_x) {
  double low = INFINITY, high = -INFINITY;
  for (const auto& series : chart.lines)
    for (const auto& point : series.points) {
      const double value = of_x ? point.first : point.second;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  const bool logarithmic = (of_x ? chart.x : chart.y).logarithmic;
  if (low > high) return axis_ticks(logarithmic ? 1 : 0, 1, logarithmic);
  return axis_ticks(logarithmic ? low : 0, high, logarithmic);
}

std::string grid(const line_chart& chart, const std::vector<double>& x_ticks,
                 const std::vector<double>& y_ticks, const scale& x, const scale& y) {
  std::string drawn;
  for (const double tick : y_ticks) {
    drawn += line(left, y.place(tick), width - right, y.place(tick), "#dddddd");
    drawn += words(left - 8, y.place(tick) + 4, readable(tick), "text-anchor=\"end\"");
  }
  for (const double tick : x_ticks) {
    drawn += line(x.place(tick), top, x.place(tick), height - bottom, "#eeeeee");
    drawn += words(x.place(tick), height - bottom + 18, readable(tick), "text-anchor=\"middle\"");
  }
  drawn += words((left + width - right) / 2, height - 16, chart.x.title, "text-anchor=\"middle\"");
  drawn += words(0, 0, chart.y.title,
                 "text-anchor=\"middle\" transform=\"translate(18 " +
                     number((top + height - bottom) / 2) + ") rotate(-90)\"");
  return drawn;
}

std::string curve(const line_chart::series& series, const char* colour, const scale& x,
                  const scale& y) {
  std::string points, dots;
  for (const auto& [at, value] : series.points) {
    points += (points.empty() ? "" : " ") + number(x.place(at)) + "," + number(y.place(value));
    dots += "<circle cx=\"" + number(x.place(at)) + "\" cy=\"" + number(y.place(value)) +
            "\" r=\"3.5\" fill=\"" + colour + "\"/>\n";
  }
  return "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"" + std::string(colour) +
         "\" points=\"" + points + "\"/>\n" + dots;
}

}  // namespace

std::vector<double> axis_ticks(double low, double high, bool logarithmic) {
  std::vector<double> ticks;
  if (logarithmic) {
    // Decades, and their halves and fifths where there are few.
    const double first = std::pow(10, std::floor(std::log10(low)));
    const bool few = high / first <= 1'000;
    for (double decade = first; ticks.empty() || ticks.back() < high; decade *= 10)
      for (const double factor : {1.0, 2.0, 5.0})
        if ((factor == 1 || few) && (ticks.empty() || ticks.back() < high))
          ticks.push_back(decade * factor);
    while (ticks.size() > 2 && ticks[1] <= low) ticks.erase(ticks.begin());
    return ticks;
  }
  constexpr double wanted = 6;
  const double rough = std::max(high - low, 1e-9) / wanted;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = power * 10;
  for (const double factor : {5.0, 2.0, 1.0})
    if (power * factor >= rough) step = power * factor;
  for (double tick = std::floor(low / step) * step; ticks.empty() || ticks.back() < high;
       tick += step)
    ticks.push_back(tick);
  return ticks;
}

std::string svg(const line_chart& chart) {
  const auto x_ticks = ticks_over(chart, true);
  const auto y_ticks = ticks_over(chart, false);
  const scale x(x_ticks, chart.x.logarithmic, left, width - right);
  const scale y(y_ticks, chart.y.logarithmic, height - bottom, top);
  std::string drawn =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 420\" width=\"760\" "
      "height=\"420\" font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"760\" height=\"420\" fill=\"white\"/>\n";
  drawn += words(left, 22, chart.title, "font-size=\"15\" font-weight=\"bold\"");
  drawn += grid(chart, x_ticks, y_ticks, x, y);
  double legend = left;
  for (std::size_t i = 0; i < chart.lines.size(); ++i) {
    const char* colour = colours[i % std::size(colours)];
    drawn += curve(chart.lines[i], colour, x, y);
    drawn += line(legend, 36, legend + 20, 36, colour);
    drawn += words(legend + 26, 40, chart.lines[i].name, "");
    constexpr double character = 7, gap = 60;
    legend += gap + character * static_cast<double>(chart.lines[i].name.size());
  }
  return drawn + "</svg>\n";
}

}  // namespace omnistream::load
