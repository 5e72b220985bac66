import { parseYaml, parseYamlDocuments } from '../yaml.js'
import { integer, named, text } from './arguments.js'
import type { Filter } from './filters.js'
import { jinjaOfNode } from './node-values.js'
import { TemplateProblem } from './problem.js'
import { jsonOf } from './to-json.js'
import { yamlOf } from './to-yaml.js'
import { textOf } from './text.js'
import { isDict, isList, isTrue, typeName, type Dict, type Jinja } from './values.js'

/** Filters on dicts, and between values and their texts. What is read from a text is data: a `{{` in it is one. */
export const dataFilters: Readonly<Record<string, Filter>> = {
  to_json: (value, args) => jsonOf(value, jsonOptions(args.named)),
  to_nice_json: (value, args) => {
    const { indent = 4, sort_keys = true, ensure_ascii = true } = named('to_nice_json', args, ['indent', 'sort_keys', 'ensure_ascii'])
    return jsonOf(value, {
      indent: integer('indent', indent),
      sortKeys: isTrue(sort_keys),
      ascii: isTrue(ensure_ascii),
      itemSeparator: ',',
    })
  },
  from_json: value => parsed('from_json', value, true),
  to_yaml: (value, { named: options }) => yamlOf(value, { ...yamlOptions(options), flow: options.get('default_flow_style') ?? null }),
  to_nice_yaml: (value, { list: [indent], named: options }) =>
    yamlOf(value, {
      indent: 4,
      ...yamlOptions(options),
      ...(typeof indent === 'number' ? { indent } : {}),
      flow: options.get('default_flow_style') ?? false,
    }),
  from_yaml: value => (value === null ? null : parsed('from_yaml', value, false)),
  from_yaml_all: value => documents(text('from_yaml_all', value)),
  combine: (value, { list, named: options }) => {
    const recursive = isTrue(options.get('recursive') ?? false)
    const dicts = [value, ...list].flatMap(one => (isList(one) ? one : [one]))
    const lists = textOf(options.get('list_merge') ?? 'replace')
    if (!listMerges.includes(lists)) throw new TemplateProblem(`combine: list_merge is one of ${listMerges.join(', ')}`)
    return dicts.map(dictOf('combine')).reduce((merged, one) => combined(merged, one, recursive, lists), new Map<string, Jinja>())
  },
  dict2items: (value, args) => {
    const { key_name = 'key', value_name = 'value' } = named('dict2items', args, ['key_name', 'value_name'])
    return [...dictOf('dict2items')(value)].map(
      ([key, item]) =>
        new Map([
          [textOf(key_name), key],
          [textOf(value_name), item],
        ]),
    )
  },
  items2dict: (value, args) => {
    const { key_name = 'key', value_name = 'value' } = named('items2dict', args, ['key_name', 'value_name'])
    if (!isList(value)) throw new TemplateProblem(`items2dict needs a list, not ${typeName(value)}`)
    const part = (item: Jinja, name: Jinja) => {
      const found = dictOf('items2dict: each item')(item).get(textOf(name))
      if (found === undefined) throw new TemplateProblem(`items2dict: an item has no "${textOf(name)}"`)
      return found
    }
    return new Map(value.map(item => [textOf(part(item, key_name)), part(item, value_name)]))
  },
  items: value => [...dictOf('items')(value)].map(([key, item]) => [key, item]),
  dictsort: value =>
    [...dictOf('dictsort')(value)].sort(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)).map(([key, item]) => [key, item]),
}

const listMerges = ['replace', 'keep', 'append', 'prepend', 'append_rp', 'prepend_rp']

const dictOf =
  (what: string) =>
  (value: Jinja): Dict => {
    if (isDict(value)) return value
    throw new TemplateProblem(`${what} needs a dict, not ${typeName(value)}`)
  }

function combined(low: Dict, high: Dict, recursive: boolean, lists: string): Dict {
  const merged = new Map(low)
  for (const [key, value] of high) {
    const before = low.get(key)
    if (recursive && isDict(before ?? null) && isDict(value)) merged.set(key, combined(before as Dict, value, recursive, lists))
    else if (isList(before ?? null) && isList(value)) merged.set(key, mergedLists(before as readonly Jinja[], value, lists))
    else merged.set(key, value)
  }
  return merged
}

function mergedLists(low: readonly Jinja[], high: readonly Jinja[], how: string): readonly Jinja[] {
  const without = (items: readonly Jinja[], others: readonly Jinja[]) => items.filter(item => !others.includes(item))
  if (how === 'keep') return low
  if (how === 'append') return [...low, ...high]
  if (how === 'prepend') return [...high, ...low]
  if (how === 'append_rp') return [...without(low, high), ...high]
  return how === 'prepend_rp' ? [...high, ...without(low, high)] : high
}

function parsed(what: string, value: Jinja, isJson: boolean): Jinja {
  if (!isJson && typeof value !== 'string') return value
  const written = text(what, value)
  try {
    if (isJson) JSON.parse(written)
    return jinjaOfNode(parseYaml(written, what))
  } catch (error) {
    throw new TemplateProblem(`${what}: this is no ${isJson ? 'JSON' : 'YAML'} (${(error as Error).message.split('\n')[0]})`)
  }
}

function documents(written: string): Jinja {
  try {
    return parseYamlDocuments(written, 'from_yaml_all').map(node => jinjaOfNode(node))
  } catch (error) {
    throw new TemplateProblem(`from_yaml_all: this is no YAML (${(error as Error).message.split('\n')[0]})`)
  }
}

function jsonOptions(options: ReadonlyMap<string, Jinja>) {
  const indent = options.get('indent')
  return {
    ...(typeof indent === 'number' ? { indent } : {}),
    sortKeys: isTrue(options.get('sort_keys') ?? false),
    ascii: isTrue(options.get('ensure_ascii') ?? true),
    itemSeparator: typeof indent === 'number' ? ',' : ', ',
  }
}

function yamlOptions(options: ReadonlyMap<string, Jinja>) {
  const indent = options.get('indent')
  return { ...(typeof indent === 'number' ? { indent } : {}), sortKeys: isTrue(options.get('sort_keys') ?? true) }
}
