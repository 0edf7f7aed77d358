#include "http/contract/docs_page.hpp"

#include <array>

namespace omnistream::http::contract {

std::span<const docs_asset> docs_assets() {
  static const std::array assets{
      docs_asset{"/docs", "text/html; charset=utf-8", embedded::docs_html},
      docs_asset{"/docs/errors", "text/html; charset=utf-8", embedded::docs_html},
      docs_asset{"/docs/docs.css", "text/css; charset=utf-8", embedded::docs_css},
      docs_asset{"/docs/docs.js", "text/javascript; charset=utf-8", embedded::docs_js},
  };
  return assets;
}

}  // namespace omnistream::http::contract
