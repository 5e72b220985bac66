"""ansible-core's own vault, asked over standard input: one JSON object a line, bytes in base64, one answer a line."""
import base64
import json
import sys

from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.release import __version__


def secrets(listed):
    return [(label, VaultSecret(base64.b64decode(password))) for label, password in listed]


def answer(question):
    known = secrets(question["passwords"])
    vault = VaultLib(known)
    if question["do"] == "encrypt":
        (label, secret), salt = known[0], question.get("salt")
        plain = base64.b64decode(question["plain"])
        text = vault.encrypt(plain, secret, vault_id=label, salt=None if salt is None else base64.b64decode(salt))
        return {"text": text.decode("ascii")}
    plain, label, _ = vault.decrypt_and_get_vault_id(question["text"].encode())
    return {"plain": base64.b64encode(plain).decode(), "label": label}


print(json.dumps({"version": __version__}), flush=True)
for line in sys.stdin:
    try:
        told = answer(json.loads(line))
    except AnsibleError as error:
        told = {"refused": str(error)}
    except Exception as error:  # a broken text can make it stumble: that is a refusal too
        told = {"refused": repr(error)}
    print(json.dumps(told), flush=True)
