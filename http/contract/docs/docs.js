'use strict';
// Shows /openapi.json: one operation at a time, so that a large document opens as fast as a small one.
// Everything is built from text nodes; nothing of the document is ever taken for HTML.

const $ = (id) => document.getElementById(id);
let doc = null;
let operations = [];

function el(tag, properties, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (name === 'class') node.className = value;
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ''));
  return node;
}

/** Text of one paragraph, with `code` in backquotes. */
const inline = (text) => text.split('`').map((piece, i) => (i % 2 ? el('code', {}, piece) : piece));

/** Text with paragraphs at empty lines; one whose lines all begin with "- " is a list. */
function prose(text, tag = 'p') {
  return (text || '').split(/\n\n+/).filter(Boolean).map((part) => {
    const lines = part.trim().split('\n');
    if (!lines.every((line) => line.startsWith('- '))) return el(tag, {}, inline(part));
    return el('ul', {}, lines.map((line) => el('li', {}, inline(line.slice(2)))));
  });
}

function resolve(node) {
  let steps = 0;
  while (node && node.$ref && steps++ < 20) {
    const {$ref, ...beside} = node;
    const target = $ref.slice(2).split('/').reduce((at, key) => (at || {})[key], doc);
    node = {...target, ...beside};
  }
  return node || {};
}

// -- schemas --------------------------------------------------------------------------------------

function typeOf(raw) {
  const schema = resolve(raw);
  if (schema.oneOf) return schema.oneOf.map(typeOf).join(' | ');
  const types = [].concat(schema.type || 'any');
  return types.map((type) => {
    if (type === 'array') return typeOf(schema.items || {}) + '[]';
    if (type === 'object' && raw.$ref) return raw.$ref.split('/').pop();
    return schema.format && type !== 'null' ? `${type} · ${schema.format}` : type;
  }).join(' | ');
}

function rulesOf(raw) {
  const schema = resolve(raw);
  const items = schema.items ? resolve(schema.items) : null;
  const rules = [];
  const range = (least, most, noun) => {
    if (least !== undefined && most !== undefined) rules.push([noun, `${least} to ${most}`]);
    else if (least !== undefined) rules.push([noun, `at least ${least}`]);
    else if (most !== undefined) rules.push([noun, `at most ${most}`]);
  };
  range(schema.minimum, schema.maximum, 'value');
  range(schema.minLength, schema.maxLength, 'characters');
  range(schema.minItems, schema.maxItems, 'items');
  range(schema.minProperties, schema.maxProperties, 'entries');
  if (schema.enum) rules.push(['one of', schema.enum.map((value) => JSON.stringify(value)).join(', ')]);
  if (schema.pattern) rules.push(['pattern', schema.pattern]);
  if (items && items.enum) rules.push(['each one of', items.enum.map((value) => JSON.stringify(value)).join(', ')]);
  if (items && items.pattern) rules.push(['each like', items.pattern]);
  if (items && items.maxLength !== undefined) rules.push(['each at most', `${items.maxLength} characters`]);
  if (schema.default !== undefined) rules.push(['default', JSON.stringify(schema.default)]);
  return rules;
}

/** The object inside a value that has fields of its own to show, if there is one. */
function innerObject(raw) {
  const schema = resolve(raw);
  if (schema.oneOf) return schema.oneOf.map(innerObject).find(Boolean) || null;
  if (schema.properties) return schema;
  if (schema.items) return innerObject(schema.items);
  if (schema.additionalProperties && schema.additionalProperties !== true)
    return innerObject(schema.additionalProperties);
  return null;
}

function fieldRow(name, schema, required, words, depth) {
  const rules = rulesOf(schema);
  const inner = depth < 6 ? innerObject(schema) : null;
  return el('div', {class: 'field'},
      el('div', {}, el('span', {class: 'name'}, name), el('span', {class: 'type'}, typeOf(schema)),
          required ? el('span', {class: 'must'}, 'required') : null),
      words ? el('div', {class: 'words prose'}, prose(words, 'div')) : null,
      rules.length ? el('div', {class: 'rules'}, rules.map(([rule, value], i) =>
          [i ? ' · ' : '', rule + ' ', el('b', {}, value)]).flat()) : null,
      inner ? lazyDetails('Fields', () => fieldRows(inner, depth + 1)) : null);
}

function lazyDetails(title, build) {
  const box = el('details', {}, el('summary', {}, title));
  box.addEventListener('toggle', () => {
    if (box.open && box.childElementCount === 1) box.append(build());
  });
  return box;
}

function fieldRows(schema, depth = 0) {
  const required = new Set(schema.required || []);
  const rows = Object.entries(schema.properties || {}).map(([name, field]) =>
      fieldRow(name, field, required.has(name), field.description, depth));
  const groups = (schema.allOf || []).map((group) => (group.anyOf || []).map((one) => (one.required || [])[0]));
  return el('div', {}, el('div', {class: 'fields'}, rows), groups.filter((names) => names.length).map((names) =>
      el('p', {class: 'note'}, 'At least one of: ' + names.join(', '))));
}

// -- code panels ----------------------------------------------------------------------------------

function highlighted(value) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  const pre = el('pre', {});
  const token = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;
  let at = 0;
  for (const hit of text.matchAll(token)) {
    pre.append(text.slice(at, hit.index));
    const kind = hit[1] ? (hit[2] ? 'k' : 's') : hit[3] ? 'w' : 'n';
    pre.append(el('span', {class: kind}, hit[1] || hit[0]), hit[2] || '');
    at = hit.index + hit[0].length;
  }
  pre.append(text.slice(at));
  return pre;
}

function copyButton(text) {
  const button = el('button', {type: 'button'}, 'Copy');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Select and copy';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
  return button;
}

function panel(title, body, text) {
  return el('div', {class: 'panel'}, el('div', {class: 'head'}, title, el('span', {class: 'grow'}), copyButton(text)), body);
}

const quoted = (text) => "'" + text.replace(/'/g, "'\\''") + "'";

function exampleValue(parameter) {
  const schema = resolve(parameter.schema);
  if (parameter.example !== undefined) return String(parameter.example);
  if (schema.default !== undefined) return String(schema.default);
  if (schema.enum) return String(schema.enum[0]);
  if (schema.format === 'uuid') return '0190b0a0-7c3d-7e21-9a55-3f0d9c1b2a47';
  return schema.type === 'integer' ? String(schema.minimum ?? 1) : parameter.name;
}

function curlLine(operation) {
  let path = operation.path;
  for (const parameter of operation.parameters || [])
    if (parameter.in === 'path') path = path.replace(`{${parameter.name}}`, encodeURIComponent(exampleValue(parameter)));
  const query = (operation.parameters || []).filter((parameter) => parameter.in === 'query' && parameter.required)
      .map((parameter) => `${parameter.name}=${encodeURIComponent(exampleValue(parameter))}`).join('&');
  const lines = [`curl ${operation.method === 'get' ? '' : `-X ${operation.method.toUpperCase()} `}` +
      quoted(location.origin + path + (query ? '?' + query : ''))];
  const security = operation.security || [];
  if (security.some((one) => 'api_key' in one)) lines.push('-H "X-API-Key: $API_KEY"');
  if (security.some((one) => 'webhook_signature' in one)) lines.push('-H "X-Hub-Signature-256: sha256=$SIGNATURE"');
  const content = operation.requestBody && Object.entries(operation.requestBody.content)[0];
  if (content) {
    lines.push(`-H ${quoted('Content-Type: ' + content[0])}`);
    lines.push(content[1].example === undefined ? '--data-binary @file'
                                                : `-d ${quoted(JSON.stringify(content[1].example, null, 2))}`);
  }
  return lines.join(' \\\n  ');
}

/** A panel whose answers are chosen from a list: successes first, then every error code. */
function answersPanel(answers) {
  const body = el('div', {});
  const choice = el('select', {'aria-label': 'Answer'}, answers.map(([title], i) => el('option', {value: i}, title)));
  const show = () => body.replaceChildren(highlighted(answers[choice.value][1]));
  choice.addEventListener('change', show);
  show();
  return el('div', {class: 'panel'}, el('div', {class: 'head'}, choice), body);
}

// -- pages ----------------------------------------------------------------------------------------

function routeLine(operation) {
  return el('div', {class: 'route'}, el('span', {class: `method ${operation.method}`}, operation.method.toUpperCase()),
      el('span', {}, operation.path.split(/(\{[^}]*\})/).map((part) =>
          (part.startsWith('{') ? el('span', {class: 'slot'}, part) : part))));
}

function parameterSection(operation, place, title) {
  const chosen = (operation.parameters || []).filter((parameter) => parameter.in === place);
  if (!chosen.length) return null;
  return el('section', {}, el('h3', {}, title), el('div', {class: 'fields'}, chosen.map((parameter) =>
      fieldRow(parameter.name, parameter.schema, parameter.required, parameter.description, 0))));
}

function bodySection(operation) {
  const content = operation.requestBody && Object.entries(operation.requestBody.content)[0];
  if (!content) return null;
  const schema = resolve(content[1].schema);
  return el('section', {}, el('h3', {}, 'Body ', el('span', {class: 'quiet'}, content[0])),
      schema.properties ? fieldRows(schema) : el('p', {class: 'note'}, 'The raw content.'));
}

function answersOf(operation) {
  const good = [];
  const bad = [];
  for (const [status, raw] of Object.entries(operation.responses)) {
    const response = resolve(raw);
    for (const [type, media] of Object.entries(response.content || {})) {
      if (media.examples)
        for (const [code, example] of Object.entries(media.examples))
          bad.push({status, code, words: example.summary, value: example.value});
      else good.push({status, words: response.description, type, schema: media.schema, value: media.example});
    }
    if (!response.content) good.push({status, words: response.description});
  }
  return {good, bad};
}

function successSection(good) {
  return el('section', {}, good.map((answer) => {
    const inner = answer.schema ? innerObject(answer.schema) : null;
    return el('div', {}, el('h3', {}, `Answer ${answer.status} `, el('span', {class: 'quiet'}, answer.type || '')),
        el('div', {class: 'prose'}, prose(answer.words)), inner ? fieldRows(inner) : null);
  }));
}

function errorTable(errors, lit) {
  return el('table', {}, el('thead', {}, el('tr', {}, el('th', {}, 'Status'), el('th', {}, 'Code'), el('th', {}, 'When'))),
      el('tbody', {}, errors.map((error) => el('tr', {id: 'error-' + error.code, class: error.code === lit ? 'lit' : undefined},
          el('td', {class: 'status'}, error.status), el('td', {}, el('code', {}, error.code)),
          el('td', {class: 'prose'}, prose(error.words, 'div'))))));
}

function showOperation(operation) {
  const {good, bad} = answersOf(operation);
  const curl = curlLine(operation);
  const answers = [...good.filter((answer) => answer.value !== undefined).map((answer) => [`${answer.status}  ${answer.words}`, answer.value]),
                   ...bad.map((answer) => [`${answer.status}  ${answer.code}`, answer.value])];
  const open = !(operation.security || []).length;
  return el('article', {},
      el('h1', {}, operation.summary), routeLine(operation),
      el('div', {class: 'split'},
          el('div', {},
              el('div', {class: 'prose'}, prose(operation.description)),
              open ? el('p', {class: 'note'}, 'No authentication.') : null,
              parameterSection(operation, 'path', 'Path'), parameterSection(operation, 'query', 'Query'),
              bodySection(operation), successSection(good),
              bad.length ? el('section', {}, el('h3', {}, 'Errors'), errorTable(bad)) : null),
          el('div', {class: 'samples'},
              panel('curl', el('pre', {class: 'wrap'}, curl), curl),
              answers.length ? answersPanel(answers) : null)));
}

function showErrors(lit) {
  const seen = new Map();
  for (const operation of operations)
    for (const error of answersOf(operation).bad)
      if (!seen.has(error.code)) seen.set(error.code, error);
  const errors = [...seen.values()].sort((a, b) => a.status - b.status || a.code.localeCompare(b.code));
  return el('article', {}, el('h1', {}, 'Errors'),
      el('div', {class: 'prose'}, prose('Every error is `application/problem+json` (RFC 9457). Programs branch on `code`, ' +
          'which never changes its meaning; `detail` is for people. Wrong fields are listed in `errors`, all at once.')),
      errorTable(errors, lit));
}

function entry(operation) {
  return el('a', {class: 'entry', href: '#/' + operation.operationId, title: operation.path},
      el('span', {class: `method ${operation.method}`}, operation.method.toUpperCase().replace('DELETE', 'DEL')), operation.summary);
}

function byTag() {
  return (doc.tags || []).map((tag) => [tag, operations.filter((operation) => operation.tags[0] === tag.name)])
      .filter(([, members]) => members.length);
}

function showOverview() {
  return el('article', {}, el('h1', {}, doc.info.title), el('div', {class: 'prose'}, prose(doc.info.description)),
      el('div', {class: 'groups'}, byTag().map(([tag, members]) => el('section', {class: 'group'}, el('h3', {}, tag.name),
          tag.description && tag.description !== tag.name ? prose(tag.description) : null, members.map(entry)))));
}

// -- list, search, navigation ---------------------------------------------------------------------

function drawList() {
  const words = $('search').value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (operation) => words.every((word) => operation.haystack.includes(word));
  const groups = byTag().map(([tag, members]) => [tag, members.filter(fits)]).filter(([, members]) => members.length);
  $('list').replaceChildren(...groups.flatMap(([tag, members]) => [el('h2', {}, tag.name), ...members.map(entry)]));
  if (!groups.length) $('list').append(el('p', {class: 'note'}, 'Nothing fits this search.'));
  markHere();
}

const wanted = () => decodeURIComponent(location.hash.replace(/^#\/?/, ''));

function markHere() {
  for (const link of $('list').querySelectorAll('.entry')) {
    const here = link.getAttribute('href') === '#/' + wanted();
    link.classList.toggle('here', here);
    if (here) link.scrollIntoView({block: 'nearest'});
  }
}

function navigate() {
  const name = wanted();
  const operation = operations.find((one) => one.operationId === name);
  const onErrors = name === 'errors' || (!operation && location.pathname.endsWith('/errors'));
  $('main').replaceChildren(operation ? showOperation(operation) : onErrors ? showErrors(name) : showOverview());
  document.title = (operation ? operation.summary + ' · ' : '') + doc.info.title;
  $('side').classList.remove('open');
  markHere();
  const lit = document.querySelector('tr.lit');
  if (lit) lit.scrollIntoView({block: 'center'});
  else window.scrollTo(0, 0);
}

function gather() {
  operations = Object.entries(doc.paths).flatMap(([path, item]) => Object.entries(item).map(([method, operation]) =>
      ({...operation, path, method,
        haystack: [operation.summary, operation.operationId, path, method, ...operation.tags].join(' ').toLowerCase()})));
}

async function start() {
  const answer = await fetch('/openapi.json');
  if (!answer.ok) throw new Error(`/openapi.json answered ${answer.status}`);
  doc = await answer.json();
  gather();
  $('title').textContent = doc.info.title;
  $('version').textContent = doc.info.version;
  $('search').addEventListener('input', drawList);
  $('menu').addEventListener('click', () => $('side').classList.toggle('open'));
  window.addEventListener('hashchange', navigate);
  document.addEventListener('keydown', (event) => {
    if (event.key === '/' && document.activeElement !== $('search')) {
      event.preventDefault();
      $('search').focus();
    }
    if (event.key === 'Enter' && document.activeElement === $('search')) {
      const first = $('list').querySelector('.entry');
      if (first) location.hash = first.getAttribute('href');
    }
  });
  drawList();
  navigate();
}

start().catch((error) => $('main').replaceChildren(
    el('h1', {}, 'The document could not be shown'), el('p', {class: 'quiet'}, error.message)));
