# Completion of cctl in fish. Once:  cctl completion fish > ~/.config/fish/completions/cctl.fish
function __cctl_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found ($words[1] __complete $words[2..-1] 2>/dev/null)
    if string match -q -- \t'files' $found
        __fish_complete_path (commandline -ct)
        return
    end
    printf '%s\n' $found
end
complete -c cctl -f -a '(__cctl_complete)'
complete -c cctl.sh -f -a '(__cctl_complete)'
