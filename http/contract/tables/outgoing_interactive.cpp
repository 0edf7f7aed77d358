#include <algorithm>
#include <iterator>
#include <set>

#include "http/contract/tables/outgoing_messages.hpp"

namespace omnistream::http::contract {
namespace {

constexpr std::size_t header_characters_max = 60;
constexpr std::size_t body_characters_max = 1'024;
constexpr std::size_t footer_characters_max = 60;
constexpr std::size_t buttons_max = 3;
constexpr std::size_t button_id_characters_max = 256;
constexpr std::size_t button_title_characters_max = 20;
constexpr std::size_t sections_max = 10;
constexpr std::size_t rows_max = 10;  // in all sections together
constexpr std::size_t row_id_characters_max = 200;
constexpr std::size_t row_title_characters_max = 24;
constexpr std::size_t row_description_characters_max = 72;
constexpr std::size_t products_max = 30;
constexpr std::size_t cards_max = 10;
constexpr std::size_t carousel_cards_min = 2;
constexpr std::size_t card_characters_max = 80;  // of its title, and of its subtitle
constexpr std::size_t link_characters_max = 2'048;
constexpr std::size_t id_characters_max = 100;

void the_medium_of_the_type(const interactive_header& wanted, error_list& errors) {
  const auto need = [&](const char* name, bool is_there) {
    if (wanted.type == name && !is_there)
      errors.add(name, {"required", std::string("A header of type ") + name + " needs it."});
    if (wanted.type != name && is_there)
      errors.add(name, {"not_of_type", "The header is of type " + wanted.type + "."});
  };
  need("text", wanted.text.has_value());
  need("image", wanted.image.has_value());
  need("video", wanted.video.has_value());
  need("document", wanted.document.has_value());
}

void different_buttons(const interactive_action& action, error_list& errors) {
  std::set<std::string> ids, titles;
  for (const auto& one : action.buttons.value_or(std::vector<interactive_button>{})) {
    const bool fresh_id = ids.insert(one.reply.id).second;
    if (!titles.insert(one.reply.title).second || !fresh_id)
      errors.add("action.buttons", {"not_unique", "Ids and titles of buttons must differ."});
  }
}

void lawful_rows(const interactive_action& action, error_list& errors) {
  std::size_t rows = 0;
  std::set<std::string> ids;
  const auto sections = action.sections.value_or(std::vector<list_section>{});
  for (const auto& section : sections) {
    if (sections.size() > 1 && !section.title)
      errors.add("action.sections", {"required", "Of several sections each needs a title."});
    if (!section.rows || section.product_items)
      errors.add("action.sections", {"required", "A section of a list has rows."});
    for (const auto& row : section.rows.value_or(std::vector<list_row>{})) {
      ++rows;
      if (!ids.insert(row.id).second)
        errors.add("action.sections", {"not_unique", "Ids of rows must differ."});
    }
  }
  if (rows > rows_max)
    errors.add("action.sections", {"too_many_items", "A list has at most 10 rows in all."});
}

bool is_https(const std::optional<std::string>& link) {
  return !link || link->starts_with("https://");
}

void a_link_or_an_id(const card_button& wanted, error_list& errors) {
  if (wanted.url.has_value() == wanted.id.has_value())
    errors.add("url", {wanted.url ? "ambiguous" : "required", "Give the url or the id."});
  if (!is_https(wanted.url)) errors.add("url", {"wrong_format", "Meta takes https:// links only."});
}

void card_links(const message_card& wanted, error_list& errors) {
  if (!is_https(wanted.url)) errors.add("url", {"wrong_format", "Meta takes https:// links only."});
  if (!is_https(wanted.image_url))
    errors.add("image_url", {"wrong_format", "Meta fetches https:// links only."});
}

void more_than_a_title(const message_card& card, error_list& errors) {
  if (!card.title) errors.add("title", {"required", "A card has a title."});
  if (!card.subtitle && !card.image_url && !card.buttons)
    errors.add("subtitle",
               {"required", "Besides its title a card has a subtitle, an image or buttons."});
  const auto refuse = [&errors](const char* name, bool is_there) {
    if (is_there) errors.add(name, {"not_of_type", "Cards of a carousel have it."});
  };
  refuse("card_index", card.card_index.has_value());
  refuse("type", card.type.has_value());
  refuse("header", card.header.has_value());
  refuse("body", card.body.has_value());
  refuse("action", card.action.has_value());
}

void as_metas_cards(const message_card& card, error_list& errors) {
  if (!card.card_index) errors.add("card_index", {"required", "A card of a carousel needs it."});
  if (!card.action) errors.add("action", {"required", "A card of a carousel needs it."});
  const auto refuse = [&errors](const char* name, bool is_there) {
    if (is_there) errors.add(name, {"not_of_type", "Cards of type cards have it."});
  };
  refuse("title", card.title.has_value());
  refuse("subtitle", card.subtitle.has_value());
  refuse("image_url", card.image_url.has_value());
  refuse("url", card.url.has_value());
  refuse("buttons", card.buttons.has_value());
}

void each_card(const interactive_action& action, void (*check)(const message_card&, error_list&),
               error_list& errors) {
  const error_list::scope in_action(errors, "action");
  const error_list::scope in_cards(errors, "cards");
  for (std::size_t i = 0; i < action.cards->size(); ++i) {
    const error_list::scope in_card(errors, i);
    check((*action.cards)[i], errors);
  }
}

void lawful_carousel(const interactive_object& wanted, error_list& errors) {
  const auto refuse = [&errors](const char* name, bool is_there) {
    if (is_there) errors.add(name, {"not_of_type", "A carousel has none: its cards have."});
  };
  refuse("header", wanted.header.has_value());
  refuse("footer", wanted.footer.has_value());
  std::set<std::int64_t> places;
  for (const auto& card : *wanted.action.cards)
    if (card.card_index && !places.insert(*card.card_index).second)
      errors.add("action.cards", {"not_unique", "Each card has a card_index of its own."});
  if (wanted.action.cards->size() < carousel_cards_min)
    errors.add("action.cards", {"too_few_items", "A carousel has at least 2 cards."});
  each_card(wanted.action, as_metas_cards, errors);
}

/// Types whose parameters Meta checks, but for those without which there is nothing to send.
struct parametrized {
  const char* type;
  const char* action;  ///< the name that the action must have; null: any
  std::vector<const char*> parameters;
};
const parametrized with_parameters[] = {
    {"cta_url", nullptr, {}},
    {"flow", nullptr, {}},
    {"address_message", "address_message", {"country"}},
    {"order_details", "review_and_pay", {"reference_id", "currency", "total_amount", "order"}},
    {"order_status", "review_order", {"reference_id", "order"}}};

void what_the_action_says(const interactive_object& wanted, error_list& errors) {
  const auto* const of_type = std::ranges::find(with_parameters, wanted.type, &parametrized::type);
  if (of_type == std::end(with_parameters)) return;
  const auto& action = wanted.action;
  if (action.name && of_type->action && *action.name != of_type->action)
    errors.add("action.name", {"not_of_type", std::string("The action of the type ") +
                                                  of_type->type + " is " + of_type->action + "."});
  if (!action.parameters)
    return errors.add("action.parameters",
                      {"required", "An interactive message of type " + wanted.type + " needs it."});
  for (const auto* name : of_type->parameters)
    if (!action.parameters->contains(name))
      errors.add(std::string("action.parameters.") + name,
                 {"required", "An interactive message of type " + wanted.type + " needs it."});
}

/// Meta shows the cards alone: whatever else was given would be lost unseen.
void nothing_but_cards(const interactive_object& wanted, error_list& errors) {
  const auto& action = wanted.action;
  const auto refuse = [&errors](const char* name, bool is_there) {
    if (is_there)
      errors.add(name, {"not_of_type", "Cards have nothing beside them: send a text besides."});
  };
  refuse("header", wanted.header.has_value());
  refuse("body", wanted.body.has_value());
  refuse("footer", wanted.footer.has_value());
  refuse("action.button", action.button.has_value());
  refuse("action.buttons", action.buttons.has_value());
  refuse("action.sections", action.sections.has_value());
  refuse("action.parameters", action.parameters.has_value());
}

/// What each type needs; what Meta refuses besides is told by Meta.
void what_the_type_needs(const interactive_object& wanted, error_list& errors) {
  const auto& action = wanted.action;
  const auto need = [&](const char* name, bool is_there) {
    if (!is_there)
      errors.add(name,
                 {"required", "An interactive message of type " + wanted.type + " needs it."});
  };
  const bool is_carousel = wanted.type == "carousel";
  const bool has_cards = wanted.type == "cards" || is_carousel;
  if (has_cards != action.cards.has_value())
    errors.add("action.cards", {has_cards ? "required" : "not_of_type",
                                "Cards go with the types cards and carousel."});
  if (wanted.type == "cards") {
    if (action.cards) each_card(action, more_than_a_title, errors);
    return nothing_but_cards(wanted, errors);
  }
  if (wanted.type != "product") need("body", wanted.body.has_value());
  if (wanted.type == "button") {
    need("action.buttons", action.buttons.has_value());
    different_buttons(action, errors);
  } else if (wanted.type == "list") {
    need("action.button", action.button.has_value());
    need("action.sections", action.sections.has_value());
    if (wanted.header && wanted.header->type != "text")
      errors.add("header.type", {"not_of_type", "The header of a list is a text."});
    lawful_rows(action, errors);
  } else if (wanted.type == "product" || wanted.type == "product_list") {
    need("action.catalog_id", action.catalog_id.has_value());
    if (wanted.type == "product")
      need("action.product_retailer_id", action.product_retailer_id.has_value());
    else
      need("action.sections", action.sections.has_value());
  } else if (is_carousel) {
    if (action.cards) lawful_carousel(wanted, errors);
  } else {
    need("action.name", action.name.has_value());
    what_the_action_says(wanted, errors);
  }
}

}  // namespace

const table<interactive_header>& table_for(const interactive_header*) {
  static const table<interactive_header> fields =
      table<interactive_header>(
          "OutgoingInteractiveHeader", "What stands above the text.",
          {field("type", &interactive_header::type)
               .one_of({"text", "image", "video", "document"})
               .example("text"),
           field("text", &interactive_header::text)
               .size(1, header_characters_max)
               .example("Your order"),
           field("image", &interactive_header::image), field("video", &interactive_header::video),
           field("document", &interactive_header::document)})
          .checked_by(the_medium_of_the_type);
  return fields;
}

const table<interactive_text>& table_for(const interactive_text*) {
  static const table<interactive_text> fields("OutgoingInteractiveText", "",
                                              {field("text", &interactive_text::text)
                                                   .size(1, body_characters_max)
                                                   .example("Shall we send it today?")});
  return fields;
}

const table<interactive_footer>& table_for(const interactive_footer*) {
  static const table<interactive_footer> fields("OutgoingInteractiveFooter", "",
                                                {field("text", &interactive_footer::text)
                                                     .size(1, footer_characters_max)
                                                     .example("Toko Maju")});
  return fields;
}

const table<reply_button>& table_for(const reply_button*) {
  static const table<reply_button> fields(
      "OutgoingReplyButton", "",
      {field("id", &reply_button::id)
           .size(1, button_id_characters_max)
           .doc("Comes back when it is pressed.")
           .example("yes"),
       field("title", &reply_button::title).size(1, button_title_characters_max).example("Yes")});
  return fields;
}

const table<interactive_button>& table_for(const interactive_button*) {
  static const table<interactive_button> fields(
      "OutgoingInteractiveButton", "",
      {field("type", &interactive_button::type).one_of({"reply"}).example("reply"),
       field("reply", &interactive_button::reply)});
  return fields;
}

const table<list_row>& table_for(const list_row*) {
  static const table<list_row> fields(
      "OutgoingListRow", "",
      {field("id", &list_row::id)
           .size(1, row_id_characters_max)
           .doc("Comes back when it is chosen.")
           .example("express"),
       field("title", &list_row::title).size(1, row_title_characters_max).example("Express"),
       field("description", &list_row::description)
           .size(1, row_description_characters_max)
           .example("Tomorrow")});
  return fields;
}

const table<product_item>& table_for(const product_item*) {
  static const table<product_item> fields(
      "OutgoingProductItem", "",
      {field("product_retailer_id", &product_item::product_retailer_id)
           .size(1, id_characters_max)
           .example("sku-1")});
  return fields;
}

const table<list_section>& table_for(const list_section*) {
  static const table<list_section> fields(
      "OutgoingListSection", "",
      {field("title", &list_section::title)
           .size(1, row_title_characters_max)
           .doc("Required where there are several sections.")
           .example("Shipping"),
       field("rows", &list_section::rows)
           .size(1, rows_max)
           .doc("At most 10 in all sections together."),
       field("product_items", &list_section::product_items).size(1, products_max)});
  return fields;
}

const table<card_button>& table_for(const card_button*) {
  static const table<card_button> fields =
      table<card_button>("OutgoingCardButton", "With a url or an id.",
                         {field("title", &card_button::title)
                              .size(1, button_title_characters_max)
                              .example("Order"),
                          field("url", &card_button::url)
                              .size(1, link_characters_max)
                              .format(text_format::uri)
                              .example("https://shop.example/1"),
                          field("id", &card_button::id)
                              .size(1, button_id_characters_max)
                              .doc("Comes back when it is pressed.")})
          .checked_by(a_link_or_an_id);
  return fields;
}

const table<message_card>& table_for(const message_card*) {
  static const table<message_card> fields =
      table<message_card>(
          "OutgoingCard",
          "Of the type cards: a title, and what else is shown. Of a carousel: card_index and "
          "action, and what else Meta's cards have; Meta checks them.",
          {field("title", &message_card::title).size(1, card_characters_max).example("Red shoes"),
           field("subtitle", &message_card::subtitle)
               .size(1, card_characters_max)
               .example("Size 42, Rp 250.000"),
           field("image_url", &message_card::image_url)
               .size(1, link_characters_max)
               .format(text_format::uri)
               .doc("Where Meta fetches it."),
           field("url", &message_card::url)
               .size(1, link_characters_max)
               .format(text_format::uri)
               .doc("Where a press on the card leads."),
           field("buttons", &message_card::buttons).size(1, buttons_max),
           field("card_index", &message_card::card_index)
               .range(0, cards_max - 1)
               .doc("carousel: its place."),
           field("type", &message_card::type)
               .size(1, id_characters_max)
               .doc("carousel: as Meta has it, such as cta_url."),
           field("header", &message_card::header)
               .doc("carousel: its picture or video, by link or by Meta's id."),
           field("body", &message_card::body).doc("carousel: its text."),
           field("action", &message_card::action).doc("carousel: as Meta has it.")})
          .checked_by(card_links);
  return fields;
}

const table<interactive_action>& table_for(const interactive_action*) {
  static const table<interactive_action> fields(
      "OutgoingInteractiveAction", "What the person can do, by the type of the message.",
      {field("button", &interactive_action::button)
           .size(1, button_title_characters_max)
           .doc("list: what opens it.")
           .example("Choose"),
       field("buttons", &interactive_action::buttons).size(1, buttons_max).doc("button."),
       field("sections", &interactive_action::sections)
           .size(1, sections_max)
           .doc("list, product_list."),
       field("cards", &interactive_action::cards).size(1, cards_max).doc("cards, carousel."),
       field("catalog_id", &interactive_action::catalog_id)
           .size(1, id_characters_max)
           .doc("product, product_list."),
       field("product_retailer_id", &interactive_action::product_retailer_id)
           .size(1, id_characters_max)
           .doc("product."),
       field("name", &interactive_action::name)
           .size(1, id_characters_max)
           .doc("The other types: as Meta names the action.")
           .example("cta_url"),
       field("parameters", &interactive_action::parameters)
           .doc("The other types, as Meta has it.")});
  return fields;
}

const table<interactive_object>& table_for(const interactive_object*) {
  static const table<interactive_object> fields =
      table<interactive_object>(
          "OutgoingInteractive",
          "Buttons, a list, products, a link, a flow, an order; on Messenger and Instagram cards "
          "side by side.",
          {field("type", &interactive_object::type)
               .one_of({"button", "list", "cta_url", "flow", "product", "product_list",
                        "catalog_message", "location_request_message", "call_permission_request",
                        "order_details", "order_status", "address_message", "carousel", "cards"})
               .example("button"),
           field("header", &interactive_object::header),
           field("body", &interactive_object::body).doc("Required but for a product and cards."),
           field("footer", &interactive_object::footer),
           field("action", &interactive_object::action)})
          .checked_by(what_the_type_needs);
  return fields;
}

}  // namespace omnistream::http::contract
