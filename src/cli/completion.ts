/** Shells ask `netplay --complete -- WORDS…`: a candidate a line, its description behind a tab. What they are asked is decided in complete.ts. */
export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

const bash = `# netplay: completion for bash. To have it in every shell: echo 'source <(netplay completion bash)' >>~/.bashrc
_netplay() {
  local line=\${COMP_LINE:0:COMP_POINT} words word cur
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  cur=\${words[-1]}
  # Readline replaces what stands behind the last of = and :, and from the last @ on.
  local breaks=\${COMP_WORDBREAKS//[^=:]/} before= rest
  [[ -n $breaks ]] && before=\${cur%"\${cur##*[$breaks]}"}
  rest=\${cur#"$before"}
  [[ $COMP_WORDBREAKS == *@* && $rest == *@* ]] && before+=\${rest%@*}
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    [[ $word == */ ]] && compopt -o nospace
    word=\${word#"$before"}
    case $word in '~/'*) COMPREPLY+=("~/$(printf %q "\${word:2}")") ;; *) COMPREPLY+=("$(printf %q "$word")") ;; esac
  done < <("\${words[0]/#\\~/$HOME}" --complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _netplay netplay
`

const zsh = `#compdef netplay
# netplay: completion for zsh. To have it in every shell, behind compinit: echo 'source <(netplay completion zsh)' >>~/.zshrc
_netplay() {
  local -a plain folders described
  local value description
  while IFS=$'\\t' read -r value description; do
    if [[ $value == */ ]]; then folders+=("$value")
    elif [[ -n $description ]]; then described+=("\${value//:/\\\\:}:$description")
    else plain+=("$value")
    fi
  done < <("\${(Q)words[1]}" --complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  (( $#described )) && _describe netplay described
  (( $#plain )) && compadd -a plain
  (( $#folders )) && compadd -S '' -a folders
}
if [[ $funcstack[1] == _netplay ]]; then _netplay "$@"; else compdef _netplay netplay; fi
`

const fish = `# netplay: completion for fish. To have it in every shell: netplay completion fish >~/.config/fish/completions/netplay.fish
function __netplay_complete
    set -l words (commandline -opc)
    $words[1] --complete -- $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c netplay -f -a '(__netplay_complete)'
`

/** The script that makes a shell complete `netplay`. */
export const completionScript = (shell: Shell): string => ({ bash, zsh, fish })[shell]
