import { tagsSelect } from '../../src/playbook/tags.js'

const list = (words: string) => words.split(' ').filter(word => word !== '')

describe('tags', () => {
  // Decided by ansible-core 2.19 lib/ansible/playbook/taggable.py.
  test.each([
    { task: '', tags: '', skip: '', runs: true },
    { task: 'a', tags: '', skip: '', runs: true },
    { task: 'a b', tags: 'b', skip: '', runs: true },
    { task: 'a', tags: 'b', skip: '', runs: false },
    { task: '', tags: 'b', skip: '', runs: false },
    { task: 'always', tags: 'b', skip: '', runs: true },
    { task: 'always', tags: 'untagged', skip: '', runs: true },
    { task: 'always', tags: '', skip: 'always', runs: false },
    { task: 'always', tags: '', skip: 'all', runs: true },
    { task: 'always', tags: '', skip: 'all always', runs: false },
    { task: 'always a', tags: '', skip: 'a', runs: false },
    { task: 'a', tags: '', skip: 'all', runs: false },
    { task: '', tags: '', skip: 'all', runs: false },
    { task: 'never', tags: '', skip: '', runs: false },
    { task: 'never', tags: 'all', skip: '', runs: false },
    { task: 'never', tags: 'tagged', skip: '', runs: false },
    { task: 'never', tags: 'never', skip: '', runs: true },
    { task: 'never a', tags: 'a', skip: '', runs: true },
    { task: 'never a', tags: 'b', skip: '', runs: false },
    { task: 'never always', tags: '', skip: '', runs: true },
    { task: 'a', tags: 'tagged', skip: '', runs: true },
    { task: '', tags: 'tagged', skip: '', runs: false },
    { task: '', tags: 'untagged', skip: '', runs: true },
    { task: 'a', tags: 'untagged', skip: '', runs: false },
    { task: 'a', tags: 'a', skip: 'a', runs: false },
    { task: 'a', tags: '', skip: 'tagged', runs: false },
    { task: '', tags: '', skip: 'tagged', runs: true },
    { task: '', tags: '', skip: 'untagged', runs: false },
  ])('a task tagged "$task" with --tags "$tags" --skip-tags "$skip": runs $runs', ({ task, tags, skip, runs }) => {
    expect(tagsSelect(list(task), { tags: list(tags), skipTags: list(skip) })).toBe(runs)
  })
})
