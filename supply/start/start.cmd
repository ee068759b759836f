@echo off
rem Opens the workbench in the browser. A folder dropped on this file is opened instead of the usual one.
setlocal
chcp 65001 >nul
set "PYTHONUTF8=1"
set "HERE=%~dp0"
set "SPACE=%~1"
if not defined SPACE set "SPACE=%HERE%workspace"
set "RUN="
if exist "%HERE%program.txt" set /p PROGRAM=<"%HERE%program.txt"
for %%P in ("%HERE%%PROGRAM%\python\python.exe" "%HERE%.venv\Scripts\python.exe" "%HERE%..\..\.venv\Scripts\python.exe") do if not defined RUN if exist "%%~P" set "RUN=%%~P"
if defined RUN goto serve
where ziping >nul 2>nul
if errorlevel 1 goto missing
ziping serve "%SPACE%"
goto ended
:serve
"%RUN%" -c "from evaluator.cli import main; main()" serve "%SPACE%"
:ended
if errorlevel 1 pause
exit /b
:missing
type "%HERE%start-help.txt"
pause
exit /b 1
