#include "bench/load/inbox.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "bench/load/broadcast.hpp"
#include "bench/load/inbox_plan.hpp"
#include "bench/load/inbox_world.hpp"
#include "bench/load/many_calls.hpp"
#include "bench/load/open_loop.hpp"
#include "bench/load/reads.hpp"

namespace omnistream::load {
namespace {

constexpr std::size_t calls_at_once = 8;
constexpr std::int64_t page_max = 100;    ///< conversations of a page or an action
constexpr int looks = 3;                  ///< at each page
constexpr std::size_t slowest_count = 3;  ///< pages that are read again
constexpr std::chrono::milliseconds look_interval{100};
constexpr std::chrono::seconds patience{120};  ///< until what was written is listed

/// Fills an inbox in steps of as many as a list gives, so that the ids of all are known.
class filling {
 public:
  filling(test_bed& bed, const inbox_plan& plan, const inbox_world& world, progress& shown)
      : bed_(bed), plan_(plan), world_(world), progress_(shown) {}

  void fill(std::int64_t conversations) {
    for (std::int64_t first = 0; first < conversations; first += listed_max) {
      progress_.show("filling", first, conversations);
      const auto count = std::min(listed_max, conversations - first);
      const auto began = steady::now();
      call_all(bed_.api(), world_.webhooks(plan_, first, count), calls_at_once);
      await(first, count);
      const auto written = steady::now();
      work_on(first, ids(first, count));
      writing_ += written - began;
      working_ += steady::now() - written;
    }
  }
  double writing_s() const { return std::chrono::duration<double>(writing_).count(); }
  double working_s() const { return std::chrono::duration<double>(working_).count(); }
  std::int64_t actions() const { return actions_; }

 private:
  static std::string newest(std::int64_t page) {
    return "/api/conversations?per_page=" + std::to_string(page_max) +
           "&page=" + std::to_string(page);
  }

  /// They are applied in any order: until the oldest of them is the count-th.
  void await(std::int64_t first, std::int64_t count) {
    const auto pages = (count + page_max - 1) / page_max;
    const auto until = steady::now() + patience;
    while (true) {
      const auto data = bed_.api().must("GET", newest(pages)).at("data");
      const auto last = static_cast<std::size_t>((count - 1) % page_max);
      if (data.size() > last &&
          data[last].value("contact_phone_number", "") == inbox_world::phone_number(first))
        return;
      if (steady::now() > until)
        throw std::runtime_error("what people wrote does not come into the inbox");
      sleep_for(look_interval);
    }
  }

  /// Of the newest `count`, the oldest first.
  std::vector<std::string> ids(std::int64_t first, std::int64_t count) {
    const auto pages = (count + page_max - 1) / page_max;
    std::vector<http::client::http_request> requests;
    for (std::int64_t page = 1; page <= pages; ++page)
      requests.push_back(bed_.api().request("GET", newest(page)));
    std::vector<std::string> found(static_cast<std::size_t>(count));
    call_all(bed_.api(), requests, calls_at_once, [&](std::size_t page, std::string_view body) {
      const auto data = nlohmann::json::parse(body).at("data");
      for (std::size_t i = 0; i < data.size(); ++i) {
        const auto place =
            count - 1 - static_cast<std::int64_t>(page) * page_max - static_cast<std::int64_t>(i);
        if (place < 0) return;
        const auto& one = data[i];
        if (one.at("channel") != plan_.at(first + place).channel)
          throw std::runtime_error("the check of this figure failed: the inbox is out of order");
        found[static_cast<std::size_t>(place)] = one.at("id");
      }
    });
    return found;
  }

  /// What agents do with those that people opened. What has ended is taken by nobody, so that
  /// resolving comes last.
  void work_on(std::int64_t first, const std::vector<std::string>& ids) {
    const auto each = [&](auto&& wanted) {
      std::vector<std::string> list;
      for (std::size_t i = 0; i < ids.size(); ++i)
        if (wanted(plan_.at(first + static_cast<std::int64_t>(i)))) list.push_back(ids[i]);
      return list;
    };
    std::vector<http::client::http_request> actions, last;
    for (const char* agent : {"busy", "calm"})
      add(actions, {{"action", "assign"}, {"agent_id", world_.agent_id(agent)}},
          each([&](const auto& one) { return one.agent == agent; }));
    for (const char* tag : {"often", "rare"})
      add(actions, {{"action", "add_tags"}, {"tags", {tag}}},
          each([&](const auto& one) { return one.tag == tag; }));
    for (const char* status : {"pending", "resolved"})
      add(status == std::string_view("pending") ? actions : last,
          {{"action", "status"}, {"status", status}},
          each([&](const auto& one) { return one.status == status; }));
    for (const auto* some : {&actions, &last})
      call_all(bed_.api(), *some, calls_at_once, [](std::size_t, std::string_view body) {
        if (nlohmann::json::parse(body).at("failed") != 0)
          throw std::runtime_error("an action failed: " + std::string(body));
      });
  }

  void add(std::vector<http::client::http_request>& to, nlohmann::json action,
           const std::vector<std::string>& ids) {
    for (std::size_t i = 0; i < ids.size(); i += page_max) {
      const auto end = std::min<std::size_t>(i + page_max, ids.size());
      action["ids"] = std::vector<std::string>(ids.begin() + static_cast<std::ptrdiff_t>(i),
                                               ids.begin() + static_cast<std::ptrdiff_t>(end));
      to.push_back(bed_.api().request("POST", "/api/conversations/bulk", action.dump()));
    }
    actions_ += static_cast<std::int64_t>(ids.size());
  }

  test_bed& bed_;
  const inbox_plan& plan_;
  const inbox_world& world_;
  progress& progress_;
  steady::duration writing_{}, working_{};
  std::int64_t actions_ = 0;
};

/// One page of one list, and how long it took at least: chance only adds to that.
struct looked_at {
  std::string name;
  http::client::http_request request;
  double fastest_ms = 0;
};

/// Latencies of the pages, by what their lists are narrowed by.
class survey {
 public:
  survey(test_bed& bed, const inbox_plan& plan, inbox_world& world, progress& shown)
      : bed_(bed), plan_(plan), world_(world), progress_(shown) {}

  void look() {
    const auto filters = all_filters();
    for (std::size_t i = 0; i < filters.size(); ++i) {
      progress_.show("looking", static_cast<std::int64_t>(i),
                     static_cast<std::int64_t>(filters.size()));
      const auto listed = listed_of(plan_, filters[i]);
      for (const auto& page : pages_of(listed)) look_at(filters[i], page, listed);
    }
    look_at_contact();
    std::stable_sort(pages_.begin(), pages_.end(), [](const auto& one, const auto& other) {
      return one.fastest_ms > other.fastest_ms;
    });
  }

  std::vector<looked_at> slowest() const {
    return {pages_.begin(),
            pages_.begin() + static_cast<std::ptrdiff_t>(std::min(slowest_count, pages_.size()))};
  }
  figures told() const {
    figures to{{"pages", pages_.size()}};
    for (const auto& [kind, times] : kinds_) to[kind] = times.to_json();
    return to;
  }

 private:
  void look_at(const list_filter& filter, const list_page& page, std::int64_t listed) {
    look_at(filter.as_agent ? world_.agent_api() : bed_.api(), world_.path(filter, page), listed,
            page.shown_of(listed), {filter.kind(), filter.name() + ", " + page.name});
  }

  void look_at_contact() {
    const auto newest = bed_.api().must("GET", "/api/conversations?per_page=1").at("data").at(0);
    look_at(bed_.api(), "/api/conversations?contact_id=" + newest.value("contact_id", ""), 1, 1,
            {"contact", "contact"});
  }

  struct named {
    std::string kind, page;
  };
  void look_at(api_client& api, const std::string& path, std::int64_t listed, std::int64_t shown,
               const named& as) {
    latencies times;
    for (int i = 0; i < looks; ++i) {
      const auto began = steady::now();
      const auto got = api.call("GET", path);
      times.add(steady::now() - began);
      check(path, got, listed, shown);
    }
    kinds_[as.kind].add(times);
    pages_.push_back({as.page, api.request("GET", path), times.percentile_ms(0)});
  }

  static void check(const std::string& path, const api_reply& got, std::int64_t listed,
                    std::int64_t shown) {
    const auto said = nlohmann::json::parse(got.body, nullptr, false);
    if (!got.ok() || !said.is_object())
      throw std::runtime_error("the check of this figure failed: " + path + " was answered " +
                               std::to_string(got.status));
    if (said.value("total", std::int64_t{-1}) != listed ||
        said.at("data").size() != static_cast<std::size_t>(shown))
      throw std::runtime_error("the check of this figure failed: " + path + " has " +
                               std::to_string(said.at("data").size()) + " of " +
                               std::to_string(said.value("total", std::int64_t{-1})) +
                               " instead of " + std::to_string(shown) + " of " +
                               std::to_string(listed));
  }

  test_bed& bed_;
  const inbox_plan& plan_;
  inbox_world& world_;
  progress& progress_;
  std::map<std::string, latencies> kinds_;
  std::vector<looked_at> pages_;
};

/// The pages that took longest, in turn at a fixed rate.
figures read_again(test_bed& bed, const std::vector<looked_at>& pages,
                   const inbox_options& options) {
  std::vector<read_kind> kinds;
  for (const auto& page : pages) kinds.push_back({page.name, page.request.url});
  open_loop loop(
      bed.api(), options.rate, pages.size(),
      [&pages](std::uint64_t n) {
        const auto kind = static_cast<std::size_t>(n % pages.size());
        return planned_request{kind, pages[kind].request};
      },
      static_cast<std::uint64_t>(options.rate) * static_cast<std::uint64_t>(options.seconds));
  return told_by_name(kinds, loop.run_to_end());
}

}  // namespace

figures inbox(const inbox_options& options, progress& shown) {
  test_bed bed({});
  const inbox_plan plan(options.conversations);
  inbox_world world(bed, options.conversations);
  filling people(bed, plan, world, shown);
  const auto before = bed.cpu();
  people.fill(options.conversations);
  const auto after = bed.cpu();
  survey lists(bed, plan, world, shown);
  lists.look();
  shown.show("reading", 0, 1);
  const auto slowest = read_again(bed, lists.slowest(), options);
  double worst = 0;
  for (const auto& [name, page] : slowest.items())
    worst = std::max(worst, page.value("p99_ms", 0.0));
  const auto written = static_cast<double>(options.conversations);
  return {{"conversations", options.conversations},
          {"fill_s", people.writing_s() + people.working_s()},
          {"listed_per_s", written / people.writing_s()},
          {"actions", people.actions()},
          {"actions_per_s", static_cast<double>(people.actions()) / people.working_s()},
          {"cpu_per_conversation", cpu_per_message(before, after, written)},
          {"looked_at", lists.told()},
          {"slowest", slowest},
          {"slowest_p99_ms", worst}};
}

}  // namespace omnistream::load
