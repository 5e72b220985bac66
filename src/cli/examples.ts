/** Under the help of each command. Every line works as it stands. */
export const examples: Record<string, string> = {
  netplay: `
Examples:
  netplay site.yml -i hosts.ini --check --diff      what would change, byte for byte; nothing is written
  netplay site.yml -i hosts.ini                     change it; a second run changes nothing
  netplay site.yml -i hosts.ini -l 'workers:!n7'    only these hosts
  netplay plan site.yml -i hosts.ini --out window.plan && netplay apply window.plan
  netplay verify site.yml -i hosts.ini              do pods really reach each other?
  netplay doctor -i hosts.ini                       if not: which of the known causes is it?
  netplay init mynet                                a small project to start from
  netplay lab up 3                                  three real hosts on this machine to try it on

Exit codes: 0 done, 1 wrong input, 2 a host failed (or bad usage), 4 a host was unreachable, 99 interrupted, 250 a bug of ours.
`,
  play: `
Examples:
  netplay site.yml -i hosts.ini --check --diff      what would change, byte for byte; nothing is written
  netplay site.yml -i hosts.ini                     change it
  netplay site.yml -i hosts.ini --diff              show the contents, then change it
  netplay site.yml -i hosts.ini -t forward          only tasks with this tag
  netplay site.yml -i n1,n2 -u ops -b -K            a list of hosts, with sudo and its password
  netplay site.yml -i n1 -b --become-method su -K   with su and the password of root; doas likewise
  netplay site.yml -i hosts.ini --output json       every event as one object a line, for programs
`,
  plan: `
Examples:
  netplay plan site.yml -i hosts.ini --diff                 what would change
  netplay plan site.yml -i hosts.ini --out window.plan      and keep it: nothing else will be applied
  netplay plan site.yml -i hosts.ini --detailed-exitcode    for a nightly job: exit 2 when a host has drifted
`,
  apply: `
Examples:
  netplay apply window.plan              exactly what was shown; nothing is asked
  netplay apply window.plan --partial    leave out hosts that have moved since
`,
  rollback: `
Examples:
  netplay rollback 2026-11-22T14-03-11-1f0c        put back what that run changed
`,
  show: `
Examples:
  netplay show window.plan --diff        what was shown when it was made
  netplay show window.plan --json        the plan itself
`,
  verify: `
Examples:
  netplay verify site.yml -i hosts.ini             exit 2 when a check does not hold, or something would change
  netplay verify site.yml -i hosts.ini -l n1,n2    judged on these hosts only
`,
  doctor: `
Examples:
  netplay doctor -i hosts.ini                      which of the known causes it is; exit 2 when there is one
  netplay doctor -i n1,n2 -u ops -b -K             two hosts, with sudo and its password
  netplay doctor -i hosts.ini --output json        a finding a line, for programs
`,
  inventory: `
Examples:
  netplay inventory -i hosts.ini --list            everything, as ansible-inventory prints it
  netplay inventory -i hosts.ini --graph --vars    groups, hosts and variables as a tree
  netplay inventory -i hosts.ini --host n1         what n1 gets, after all precedence
  netplay inventory -i cloud.py -i extra.ini -l 'web:!n7' --list-hosts      which hosts that would be
  netplay inventory -i hosts.ini -l @site.retry --list-hosts                those of a file, a pattern a line
`,
  vault: `
Examples:
  netplay vault encrypt group_vars/all/vault.yml               encrypt a file in place
  netplay vault edit group_vars/all/vault.yml                  change what is in it
  netplay vault encrypt-string --prompt --name db_password     one value, to paste into a YAML file
`,
  'vault encrypt': `
Examples:
  netplay vault encrypt group_vars/all/vault.yml                             asks for a new password, twice
  netplay vault encrypt --vault-id prod@~/.vault-prod group_vars/prod.yml    with a label
  netplay vault encrypt --vault-password-file ~/.vault-pass --output secret.vault plain.txt
`,
  'vault decrypt': `
Examples:
  netplay vault decrypt group_vars/all/vault.yml                it is in clear then; view and edit leave it encrypted
  netplay vault decrypt --output - secret.vault | tar -x        to standard output
`,
  'vault view': `
Examples:
  netplay vault view group_vars/all/vault.yml --vault-password-file ~/.vault-pass
`,
  'vault edit': `
Examples:
  netplay vault edit group_vars/all/vault.yml
  netplay vault edit group_vars/all/vault.yml --vault-id prod@prompt
`,
  'vault rekey': `
Examples:
  netplay vault rekey group_vars/*/vault.yml                    asks for the old password, then for the new one, twice
  netplay vault rekey --vault-id prod@old.txt --new-vault-id prod@new.txt group_vars/prod.yml
`,
  'vault encrypt-string': `
Examples:
  netplay vault encrypt-string --prompt --name db_password >>group_vars/all.yml
  netplay vault encrypt-string --name db_password --vault-id prod@~/.vault-prod <secret.txt
`,
  config: `
Examples:
  netplay config                       every setting, its value and where it comes from
  netplay config --changed-only        those that ansible.cfg or a variable sets
  netplay config forks                 one of them
`,
  explain: `
Examples:
  netplay explain n1 -i hosts.ini                                      every variable of n1, and where it was written
  netplay explain n1 flannel_backend -i hosts.ini                      each place that sets it, the winner and why
  netplay explain n1 flannel_backend -i hosts.ini --playbook site.yml  with what plays and roles set
  netplay explain n1 flannel_backend -i hosts.ini --json               for programs
`,
  init: `
Examples:
  netplay init mynet             a small project in the new folder mynet: inventory, playbook, a role of your own
  netplay init                   the same in this folder; no file that is there is overwritten
`,
  lint: `
Examples:
  netplay lint site.yml -i hosts.ini               all mistakes at once, each with file:line:column; no host is asked
  netplay lint                                     the types of the roles in this folder
  netplay lint site.yml -i hosts.ini --strict      in CI: exit 1 for warnings too
  netplay lint site.yml -i hosts.ini --json        for programs
`,
  completion: `
Examples:
  netplay completion bash >>~/.bashrc                                   or, for what runs now: source <(netplay completion bash)
  netplay completion zsh >>~/.zshrc                                     behind compinit
  netplay completion fish >~/.config/fish/completions/netplay.fish
`,
  docs: `
Examples:
  netplay docs                   roles, yours too, and kinds of tasks
  netplay docs flannel           every parameter of a role: values, default, variable
  netplay docs systemd_unit      the same of a kind of task, with an example
`,
  schema: `
Examples:
  netplay schema >playbook.schema.json                 for playbooks, with your roles and their parameters (docs/editors.md)
  netplay schema variables >variables.schema.json      for group_vars and host_vars
  netplay schema flannel                               the parameters of one role
`,
}
