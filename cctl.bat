@echo off
rem The command line of Control Center; cctl --help says more.
setlocal EnableExtensions DisableDelayedExpansion
if not exist "%~dp0.venv\Scripts\python.exe" goto none
"%~dp0.venv\Scripts\python.exe" -I -S "%~dp0cctl" %*
exit /b %ERRORLEVEL%

:none
echo Control Center is not set up in %~dp0 : run install.bat there.>&2
exit /b 1
