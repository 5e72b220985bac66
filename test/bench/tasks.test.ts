import { parseExtraVars } from '../../src/inventory/extra-vars.js'
import { loadInventory } from '../../src/inventory/load.js'
import { roleContexts } from '../../src/playbook/context.js'
import { expandPlay } from '../../src/playbook/expand-play.js'
import { loadPlaybook } from '../../src/playbook/load.js'
import type { Facts } from '../../src/facts/facts.js'
import type { Task } from '../../src/resources/resource.js'

const facts = {
  defaultRoute: { dev: 'eth0' },
  interfaces: [{ name: 'eth0', addresses: [{ family: 4, address: '198.18.0.11' }] }],
} as unknown as Facts

const essence = (task: Task) => (task.type === 'gate' ? task.title : [task.title, task.kind.kind, task.desired as unknown])

test('the tasks of bench/tasks.yml are those of the role that is measured', async () => {
  const inventory = await loadInventory(['n1,'])
  const source = { inventory, extraVars: await parseExtraVars(['ansible_host=198.18.0.11']) }
  const [ofRole, ofTasks] = (await loadPlaybook(['bench/site.yml', 'bench/tasks.yml'], inventory, source)).plays
  const context = roleContexts(source, ofRole!, () => facts)(ofRole!.roles[0]!, ofRole!.hosts[0]!)
  const role = ofRole!.roles[0]!.role.role.tasks(context as never)
  const tasks = expandPlay(source, ofTasks!, ofTasks!.hosts[0]!).flatMap(step => (step.type === 'task' ? [step.task] : []))
  expect(tasks.map(essence)).toEqual(role.map(essence))
  expect(tasks).toHaveLength(16)
})
