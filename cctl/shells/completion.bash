# Completion of cctl in bash. In ~/.bashrc:  eval "$(cctl completion bash)"
_cctl_complete() {
    local words=("${COMP_WORDS[@]:1:COMP_CWORD}") line found
    COMPREPLY=()
    while IFS= read -r line; do
        if [ "$line" = $'\tfiles' ]; then
            compopt -o default 2>/dev/null
            return
        fi
        printf -v found '%q' "${line%%$'\t'*}"
        COMPREPLY+=("$found")
    done < <("${COMP_WORDS[0]/#\~/$HOME}" __complete "${words[@]}" 2>/dev/null)
}
complete -F _cctl_complete cctl cctl.sh ./cctl.sh
