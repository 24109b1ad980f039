# Completion of cctl in PowerShell. In your $PROFILE:  cctl completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName cctl, cctl.bat, cctl.sh -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { "$_" })
    $rest = @($words | Select-Object -Skip 1) + $(if ($wordToComplete) { $wordToComplete } else { '""' })
    & $words[0] __complete @rest 2>$null | ForEach-Object {
        $word, $meaning = $_ -split "`t", 2
        if ($word) {
            $tip = if ($meaning) { $meaning } else { $word }
            [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $tip)
        }
    }
}
