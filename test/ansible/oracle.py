"""One warm ansible-core: a JSON request a line on standard input, a JSON answer a line on standard output."""
import json
import os
import sys

answers = os.fdopen(os.dup(1), 'w', encoding='utf-8')
# What ansible prints by itself goes where it disturbs no answer.
os.dup2(2, 1)

import yaml
from ansible import context
from ansible.cli import CLI
from ansible.cli.inventory import InventoryCLI
from ansible.config.manager import ConfigManager
from ansible.errors import AnsibleError
from ansible.inventory.group import Group
from ansible.inventory.manager import InventoryManager, _InventoryDataWrapper
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultSecretsContext
from ansible.plugins.connection import ssh as ssh_plugin
from ansible.utils.context_objects import CLIArgs
from ansible.utils.display import Display

printed = []


def remember(self, msg, color=None, stderr=False, *args, **kwargs):
    if not stderr:
        printed.append(msg)


def use_options(options):
    """ansible keeps the options of a process for good; here each request has its own."""
    context.CLIARGS = CLIArgs.from_options(options)


def walk(self, rel, include_self=False, preserve_ordering=False):
    """As ansible walks, level by level, but for sets of groups: their order, by address in memory, differs from run to run."""
    level = dict.fromkeys(getattr(self, rel))
    found = dict.fromkeys([self, *level] if include_self else level)
    while level:
        level = dict.fromkeys(item for group in level for item in getattr(group, rel) if item not in found)
        found.update(level)
    return list(found) if preserve_ordering else set(found)


# ansible keeps the first source's answer to "are its texts templates?" for all sources: a mistake, since the cache lands in the wrapped object.
_InventoryDataWrapper._inspector = property(_InventoryDataWrapper._inspector.func)
Group._walk_relationship = walk
Display.display = remember
context._init_global_context = use_options


def inventory(request):
    """What `ansible-inventory ARGV` prints."""
    printed.clear()
    VaultSecretsContext._current = None
    status = 0
    try:
        InventoryCLI(['ansible-inventory', *request['argv']]).run()
    except SystemExit as ended:
        status = ended.code
    if status:
        raise AnsibleError('exit %s' % status)
    return {'output': '\n'.join(printed)}


def hosts(request):
    """For each pattern and limit the hosts that a play with it runs on, all against one inventory."""
    context.CLIARGS = CLIArgs({})
    manager = InventoryManager(loader=DataLoader(), sources=request['sources'])
    return {'hosts': [hosts_of(manager, case) for case in request['cases']]}


def hosts_of(manager, case):
    manager.clear_caches()
    try:
        # ansible-playbook does this first, and ends when the limit leaves nothing.
        CLI.get_host_list(manager, case.get('limit'))
        manager.clear_caches()
        return [host.name for host in manager.get_hosts(case['pattern'])]
    except AnsibleError as error:
        return {'refused': str(error)}


def settings(request):
    """Values of settings under an environment, as ansible-config dumps them; `plugin` options are those of ssh."""
    kept = dict(os.environ)
    os.environ.update(request['env'])
    try:
        manager = ConfigManager()
        ssh = yaml.safe_load(ssh_plugin.DOCUMENTATION)['options']
        manager.initialize_plugin_configuration_definitions('connection', 'ssh', ssh)
        values = {}
        for name in request['names']:
            value, origin = manager.get_config_value_and_origin(name)
            values[name] = {'value': value, 'origin': str(origin)}
        for name in request['plugin']:
            value, origin = manager.get_config_value_and_origin(name, plugin_type='connection', plugin_name='ssh')
            values[name] = {'value': value, 'origin': str(origin)}
        return {'values': values}
    finally:
        os.environ.clear()
        os.environ.update(kept)


for line in sys.stdin:
    request = json.loads(line)
    try:
        os.chdir(request['cwd'])
        answer = {'inventory': inventory, 'hosts': hosts, 'settings': settings}[request['op']](request)
    except AnsibleError as error:
        answer = {'refused': str(error)}
    except Exception as error:
        # Broken input that ansible does not foresee ends in a stack trace: it is refused all the same.
        answer = {'refused': '%s: %s' % (type(error).__name__, error)}
    answers.write(json.dumps(answer) + '\n')
    answers.flush()
