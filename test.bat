@echo off
rem Sets up the development tools and runs all tests. Finds a Python; bootstrap.py does the rest.
setlocal EnableExtensions DisableDelayedExpansion
rem Explorer ends its command line in a lone quote: only then does the window vanish with this file.
set "CLICKED="
if defined CMDCMDLINE set "CLICKED=%CMDCMDLINE:"=#%"
if not "%CLICKED:~-3%"=="# #" set "CLICKED="
pushd "%~dp0"
if errorlevel 1 exit /b 1
set "PYTHON="
set "OLD="
for %%P in ("py -3" python3 python) do call :try %%~P
if not defined PYTHON goto none
%PYTHON% bootstrap.py test %*
set "CODE=%ERRORLEVEL%"
goto leave

:try
if defined PYTHON exit /b
%* -c "import sys; sys.exit(sys.version_info < (3, 11))" >nul 2>nul
if not errorlevel 1 set "PYTHON=%*"
if defined PYTHON exit /b
%* -c "pass" >nul 2>nul
if not errorlevel 1 set "OLD=%*"
exit /b

:none
set "CODE=1"
if not defined OLD echo Control Center needs Python 3.11 or newer, and none was found on this machine.
if defined OLD echo Control Center needs Python 3.11 or newer. This machine has an older one:
if defined OLD %OLD% --version
echo Install it from https://www.python.org/downloads/ with "Add python.exe to PATH" ticked, and run this again.

:leave
popd
if "%CODE%"=="0" exit /b 0
if not defined CLICKED exit /b %CODE%
echo.
pause
exit /b %CODE%
