"""ansible-core as the oracle of tests, in one warm process: a JSON object a line in, one out.

{"templates": [...], "variables": {...}}   -> {"results": [{"value": ...} | {"error": "..."}]}
{"layout": {"sources": [...], "playbook_dir": ..., "play": {...}, "extra": {...}, "host": ..., "names": [...]}} -> {"values": {...}}
Floats come as {"__float__": "1.0"}, so that 1.0 is told from 1.
"""
import json
import os
import sys
import tempfile

os.environ['ANSIBLE_LOCALHOST_WARNING'] = 'False'
os.environ['ANSIBLE_DEPRECATION_WARNINGS'] = 'False'
# An empty one of our own: nothing of this machine's configuration counts.
config = tempfile.NamedTemporaryFile(suffix='.cfg')
os.environ['ANSIBLE_CONFIG'] = config.name

from ansible.plugins.loader import init_plugin_loader

init_plugin_loader()

from ansible._internal._datatag._tags import TrustedAsTemplate
from ansible._internal._templating._engine import TemplateEngine
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play import Play
from ansible.utils.display import Display
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

Display.warning = lambda *args, **kwargs: None
Display.deprecated = lambda *args, **kwargs: None
Display._deprecated = lambda *args, **kwargs: None


def trusted(value):
    if isinstance(value, str):
        return TrustedAsTemplate().tag(value)
    if isinstance(value, list):
        return [trusted(item) for item in value]
    if isinstance(value, dict):
        if set(value) == {'__float__'}:
            return float(value['__float__'])
        return {key: trusted(item) for key, item in value.items()}
    return value


def plain(value):
    if isinstance(value, float):
        return {'__float__': repr(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)) or type(value).__name__ in ('range', 'zip', 'dict_keys', 'dict_items', 'dict_values', 'generator'):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def answer(make):
    try:
        return {'value': plain(make())}
    except Exception as error:
        return {'error': str(error)}


def templates(request):
    engine = TemplateEngine(DataLoader(), variables=trusted(request['variables']))
    return {'results': [answer(lambda: engine.template(trusted(text))) for text in request['templates']]}


def layout(request):
    given = request['layout']
    loader = DataLoader()
    loader.set_basedir(given['playbook_dir'])
    inventory = InventoryManager(loader=loader, sources=given['sources'])
    manager = VariableManager(loader=loader, inventory=inventory)
    manager._extra_vars = {key: trusted(value) for key, value in given['extra'].items()}
    play = Play.load(trusted(given['play']), variable_manager=manager, loader=loader)
    host = inventory.get_host(given['host'])
    manager.set_inventory(inventory)
    HostVars(inventory=inventory, variable_manager=manager, loader=loader)
    variables = manager.get_vars(play=play, host=host)
    engine = TemplateEngine(loader, variables=variables)
    text = lambda name: trusted('{{ %s }}' % name)
    return {'values': {name: answer(lambda: engine.template(text(name))) for name in given['names']}}


for line in sys.stdin:
    request = json.loads(line)
    reply = answer(lambda: (layout if 'layout' in request else templates)(request))
    sys.stdout.write(json.dumps(reply['value'] if 'value' in reply else {'failed': reply['error']}) + '\n')
    sys.stdout.flush()
