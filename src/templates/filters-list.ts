import { integer, named, text } from './arguments.js'
import { attributeOf } from './filters-text.js'
import type { Filter, Tools } from './filters.js'
import { whole } from './operators.js'
import { TemplateProblem } from './problem.js'
import { textOf } from './text.js'
import { compare, equal, Float, isDict, isList, isTrue, numberOf, typeName, Undefined, type Args, type Jinja } from './values.js'

/** A list, the keys of a dict, the characters of a text. */
function itemsOf(what: string, value: Jinja | undefined): readonly Jinja[] {
  if (isList(value ?? null)) return value as readonly Jinja[]
  if (isDict(value ?? null)) return [...(value as ReadonlyMap<string, Jinja>).keys()]
  if (typeof value === 'string') return [...value]
  throw new TemplateProblem(`${what} needs a list, not ${value === undefined ? 'nothing' : typeName(value)}`)
}

/** Filters on lists. Sets keep the order in which their members were first met; Python's have none. */
export const listFilters: Readonly<Record<string, Filter>> = {
  list: value => itemsOf('list', value),
  first: value => orMissing(itemsOf('first', value)[0], 'first'),
  last: value => orMissing(itemsOf('last', value).at(-1), 'last'),
  reverse: value => (typeof value === 'string' ? [...value].reverse().join('') : [...itemsOf('reverse', value)].reverse()),
  unique: (value, args) => {
    const { case_sensitive = false, attribute } = named('unique', args, ['case_sensitive', 'attribute'])
    return distinct(itemsOf('unique', value), item => keyFor(item, attribute, isTrue(case_sensitive ?? false)))
  },
  sort: (value, args) => {
    const { reverse = false, case_sensitive = false, attribute } = named('sort', args, ['reverse', 'case_sensitive', 'attribute'])
    const sorted = sortedBy(itemsOf('sort', value), item => keysFor(item, attribute, isTrue(case_sensitive)), isTrue(reverse))
    return sorted
  },
  union: (value, { list: [other] }) => distinct([...itemsOf('union', value), ...itemsOf('union', other)]),
  intersect: (value, { list: [other] }) => distinct(itemsOf('intersect', value)).filter(item => has(itemsOf('intersect', other), item)),
  difference: (value, { list: [other] }) => distinct(itemsOf('difference', value)).filter(item => !has(itemsOf('difference', other), item)),
  symmetric_difference: (value, { list: [other] }) => {
    const [left, right] = [distinct(itemsOf('symmetric_difference', value)), distinct(itemsOf('symmetric_difference', other))]
    return [...left.filter(item => !has(right, item)), ...right.filter(item => !has(left, item))]
  },
  flatten: (value, args) => {
    const { levels, skip_nulls = true } = named('flatten', args, ['levels', 'skip_nulls'])
    return flattened(itemsOf('flatten', value), typeof levels === 'number' ? levels : Infinity, isTrue(skip_nulls))
  },
  zip: (value, { list }) => {
    const lists = [itemsOf('zip', value), ...list.map(each => itemsOf('zip', each))]
    return Array.from({ length: Math.min(...lists.map(each => each.length)) }, (_, at) => lists.map(each => each[at]!))
  },
  zip_longest: (value, { list, named: options }) => {
    const lists = [itemsOf('zip_longest', value), ...list.map(each => itemsOf('zip_longest', each))]
    const fill = options.get('fillvalue') ?? null
    return Array.from({ length: Math.max(...lists.map(each => each.length)) }, (_, at) =>
      lists.map(each => (at < each.length ? each[at]! : fill)),
    )
  },
  product: (value, { list }) =>
    list.reduce<Jinja[][]>(
      (rows, each) => rows.flatMap(row => itemsOf('product', each).map(item => [...row, item])),
      itemsOf('product', value).map(item => [item]),
    ),
  batch: (value, args) => {
    const { linecount, fill_with } = named('batch', args, ['linecount', 'fill_with'])
    return batches(itemsOf('batch', value), integer('linecount', linecount), fill_with)
  },
  min: value => extreme('min', itemsOf('min', value), -1),
  max: value => extreme('max', itemsOf('max', value), 1),
  sum: (value, args) => {
    const { attribute, start = 0 } = named('sum', args, ['attribute', 'start'])
    return itemsOf('sum', value).reduce(
      (total, item) => added(total, attribute === undefined || attribute === null ? item : attributeOf(item, textOf(attribute))),
      start,
    )
  },
  map: (value, args, tools) => {
    const attribute = args.named.get('attribute')
    if (attribute === undefined) return itemsOf('map', value).map(item => tools.use(tools.call('filter', item, args)))
    return itemsOf('map', value).map(item => mapped(item, textOf(attribute), args.named.get('default')))
  },
  select: (value, args, tools) => itemsOf('select', value).filter(item => chosen(item, args, tools)),
  reject: (value, args, tools) => itemsOf('reject', value).filter(item => !chosen(item, args, tools)),
  selectattr: (value, args, tools) => itemsOf('selectattr', value).filter(item => chosenBy(item, args, tools)),
  rejectattr: (value, args, tools) => itemsOf('rejectattr', value).filter(item => !chosenBy(item, args, tools)),
  groupby: (value, args) => {
    const path = text('attribute', named('groupby', args, ['attribute']).attribute)
    const keys = sortedBy(distinct(itemsOf('groupby', value).map(item => attributeOf(item, path))), item => [folded(item, false)], false)
    return keys.map(key => [key, itemsOf('groupby', value).filter(item => equal(attributeOf(item, path), key))])
  },
  extract: (value, { list: [container = null, more = []] }) => {
    const keys = [value, ...(isList(more) ? more : [more])]
    return keys.reduce<Jinja>((of, key) => (of instanceof Undefined ? of : attributeOrUndefined(of, key)), container)
  },
}

const orMissing = (item: Jinja | undefined, what: string): Jinja =>
  item === undefined ? new Undefined(`${what}: the list is empty`) : item

const has = (items: readonly Jinja[], item: Jinja) => items.some(one => equal(one, item))

function distinct(items: readonly Jinja[], key: (item: Jinja) => Jinja = item => item): Jinja[] {
  const texts = new Set<string>()
  const others: Jinja[] = []
  return items.filter(item => {
    const one = key(item)
    // Texts by far are the most, and are found at once.
    if (typeof one === 'string') return !texts.has(one) && texts.add(one)
    return !has(others, one) && others.push(one)
  })
}

const folded = (value: Jinja, caseSensitive: boolean): Jinja => (typeof value === 'string' && !caseSensitive ? value.toLowerCase() : value)

const keyFor = (item: Jinja, attribute: Jinja | undefined, caseSensitive: boolean): Jinja =>
  folded(attribute === undefined || attribute === null ? item : attributeOf(item, textOf(attribute)), caseSensitive)

const keysFor = (item: Jinja, attribute: Jinja | undefined, caseSensitive: boolean): Jinja[] =>
  attribute === undefined || attribute === null
    ? [folded(item, caseSensitive)]
    : textOf(attribute)
        .split(',')
        .map(path => folded(attributeOf(item, path.trim()), caseSensitive))

function sortedBy(items: readonly Jinja[], keys: (item: Jinja) => Jinja[], reverse: boolean): Jinja[] {
  const marked = items.map(item => ({ item, key: keys(item) }))
  const direction = reverse ? -1 : 1
  return marked.sort((a, b) => direction * ordered('sort', a.key, b.key)).map(({ item }) => item)
}

function ordered(what: string, a: Jinja, b: Jinja): number {
  const order = compare(a, b)
  if (order === undefined) throw new TemplateProblem(`${what}: the members are of different types, or have no order`)
  return order
}

function extreme(what: string, items: readonly Jinja[], direction: number): Jinja {
  if (items.length === 0) return new Undefined(`${what}: the list is empty`)
  return items.reduce((best, item) => (direction * ordered(what, folded(item, false), folded(best, false)) > 0 ? item : best))
}

function added(total: Jinja, item: Jinja): Jinja {
  const [a, b] = [numberOf(total), numberOf(item)]
  if (a !== undefined && b !== undefined) return total instanceof Float || item instanceof Float ? new Float(a + b) : whole(a + b)
  if (isList(total) && isList(item)) return [...total, ...item]
  throw new TemplateProblem(`sum: ${typeName(total)} and ${typeName(item)} do not add up`)
}

function flattened(items: readonly Jinja[], levels: number, skipNulls: boolean): Jinja[] {
  return items.flatMap(item => {
    if (skipNulls && (item === null || item === 'None' || item === 'null')) return []
    return isList(item) && levels >= 1 ? flattened(item, levels - 1, skipNulls) : [item]
  })
}

function batches(items: readonly Jinja[], size: number, fill: Jinja | undefined): Jinja[] {
  if (size < 1) throw new TemplateProblem('batch needs a size of at least 1')
  const rows = Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size))
  if (fill === undefined || fill === null) return rows
  return rows.map(row => [...row, ...Array.from({ length: size - row.length }, () => fill)])
}

function mapped(item: Jinja, path: string, fallback: Jinja | undefined): Jinja {
  try {
    return attributeOf(item, path)
  } catch (error) {
    if (fallback === undefined) throw error
    return fallback
  }
}

const chosen = (item: Jinja, args: Args, { call }: Tools): boolean =>
  args.list.length === 0 ? isTrue(item) : isTrue(call('test', item, args))

/** The test sees what is not there as undefined: `selectattr('port', 'defined')`. */
function chosenBy(item: Jinja, { list: [path, ...rest], named: options }: Args, { call }: Tools): boolean {
  const name = text('attribute', path)
  const value = name.split('.').reduce<Jinja>((of, key) => attributeOrUndefined(of, key), item)
  if (rest.length > 0) return isTrue(call('test', value, { list: rest, named: options }))
  return !(value instanceof Undefined) && isTrue(value)
}

function attributeOrUndefined(of: Jinja, key: Jinja): Jinja {
  const name = textOf(key)
  const found = isDict(of) ? of.get(name) : isList(of) && /^-?\d+$/.test(name) ? of.at(Number(name)) : undefined
  if (found !== undefined) return found
  return of instanceof Undefined ? of : new Undefined(`an item has no "${name}"`)
}
