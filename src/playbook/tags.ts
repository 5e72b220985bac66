/** What `--tags` and `--skip-tags` ask for; `[]` of the first is `all`. */
export interface TagChoice {
  tags: readonly string[]
  skipTags: readonly string[]
}

/**
 * Whether a task of these tags (its own and those of its role and play) runs. `always` runs unless skipped by name, `never` only when
 * it or another of its tags is asked for; skipping beats running. Source: ansible-core lib/ansible/playbook/taggable.py.
 */
export function tagsSelect(taskTags: readonly string[], { tags, skipTags }: TagChoice): boolean {
  const tagged = taskTags.length > 0
  const own = new Set(tagged ? taskTags : ['untagged'])
  return wanted(own, tagged, tags.length > 0 ? tags : ['all']) && !skipped(own, tagged, skipTags)
}

function wanted(own: ReadonlySet<string>, tagged: boolean, asked: readonly string[]): boolean {
  if (own.has('always') || asked.some(tag => own.has(tag))) return true
  return !own.has('never') && (asked.includes('all') || (asked.includes('tagged') && tagged))
}

function skipped(own: ReadonlySet<string>, tagged: boolean, skip: readonly string[]): boolean {
  if (skip.includes('all')) return !own.has('always') || skip.includes('always')
  return skip.some(tag => own.has(tag)) || (skip.includes('tagged') && tagged)
}
