# Completion of cctl in zsh. In ~/.zshrc, behind compinit:  eval "$(cctl completion zsh)"
_cctl() {
    local -a found
    local line
    while IFS= read -r line; do
        if [[ "$line" == $'\tfiles' ]]; then
            _files
            return
        fi
        found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done < <("${(Q)words[1]/#\~/$HOME}" __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)
    _describe 'cctl' found
}
compdef _cctl cctl cctl.sh
