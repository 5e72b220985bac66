/** `np_within NOW A B`: the guard of undo. A host killed between two steps is word by word in one of two planned states. */
export const guardPrelude = `
# np_within NOW A B: NOW is A, or B, or word by word one of the two
np_within() {
  if [ "$1" = "$2" ] || [ "$1" = "$3" ]; then return 0; fi
  np_w1="$1 " np_w2="$2 " np_w3="$3 "
  while [ -n "$np_w1$np_w2$np_w3" ]; do
    np_x=\${np_w1%% *} np_y=\${np_w2%% *} np_z=\${np_w3%% *}
    [ "\${np_x%%=*}" = "\${np_y%%=*}" ] && [ "\${np_x%%=*}" = "\${np_z%%=*}" ] || return 1
    [ "$np_x" = "$np_y" ] || [ "$np_x" = "$np_z" ] || return 1
    np_w1=\${np_w1#* } np_w2=\${np_w2#* } np_w3=\${np_w3#* }
  done
}`
