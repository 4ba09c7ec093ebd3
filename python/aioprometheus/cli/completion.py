"""The command ``completion``: a script with which a shell completes what is typed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any, NamedTuple

from .parser import command

SHELLS = ("bash", "zsh", "fish")
"""The shells that there is a script for."""


def add_parser(subparsers: Any) -> None:
    """Add the parser of the command.

    :param subparsers: Those of the command line.
    """
    parser = command(
        subparsers,
        "completion",
        "print a script that completes commands in your shell",
        "Print a script with which a shell completes commands, options, their values and files.",
        """
        aioprometheus completion bash > ~/.local/share/bash-completion/completions/aioprometheus
        aioprometheus completion zsh > "${fpath[1]}/_aioprometheus"
        aioprometheus completion fish > ~/.config/fish/completions/aioprometheus.fish
        """,
    )
    parser.add_argument("shell", choices=SHELLS, help=", ".join(SHELLS))


def run(arguments: argparse.Namespace) -> int:
    """Print the script.

    :param arguments: What was asked for.
    """
    from .main import make_parser

    parser = make_parser()
    script = {"bash": _bash, "zsh": _zsh, "fish": _fish}[arguments.shell]
    print("\n".join(script(list(_commands(parser)))))
    return 0


class _Option(NamedTuple):
    names: list[str]
    help: str
    choices: list[str]
    """What may follow it; nothing for options that take anything."""
    takes_value: bool


class _Command(NamedTuple):
    words: list[str]
    """What is typed to reach it: no words for the program itself."""
    help: str
    options: list[_Option]
    choices: list[str]
    """What may stand at its first place: subcommands, or the choices of an argument."""
    helps: list[str]
    takes_files: bool


def _commands(
    parser: argparse.ArgumentParser, *words: str, summary: str = ""
) -> Iterator[_Command]:
    """The commands of a parser, and those below them."""
    options: list[_Option] = []
    choices: list[str] = []
    helps: list[str] = []
    below: list[tuple[str, str, argparse.ArgumentParser]] = []
    takes_files = False
    for action in parser._actions:
        values = [str(choice) for choice in action.choices or ()]
        if action.option_strings:
            text = "" if action.help == argparse.SUPPRESS else (action.help or "")
            names = sorted(action.option_strings, key=len)
            options.append(_Option(names, text, values, action.nargs != 0))
        elif isinstance(action, argparse._SubParsersAction):
            texts = {choice.dest: choice.help or "" for choice in action._choices_actions}
            choices += values
            helps += [texts.get(value, "") for value in values]
            below += [(name, texts.get(name, ""), child) for name, child in action.choices.items()]
        elif values:
            choices += values
            helps += [""] * len(values)
        else:
            takes_files = True
    yield _Command([*words], summary, options, choices, helps, takes_files)
    for name, text, child in below:
        yield from _commands(child, *words, name, summary=text)


def _bash(commands: list[_Command]) -> Iterator[str]:
    yield "# bash completion for aioprometheus"
    yield "_aioprometheus() {"
    yield '    local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"'
    yield '    local path="" word words="" files=""'
    yield '    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do'
    yield '        case "$path $word" in'
    for known in commands[1:]:
        yield f"            {_step(known.words)} ;;"
    yield "        esac"
    yield "    done"
    yield '    case "$path $previous" in'
    for known in commands:
        for option in known.options:
            if option.takes_value:
                pattern = "|".join(f'"{_path(known.words)} {name}"' for name in option.names)
                if option.choices:
                    reply = f'COMPREPLY=($(compgen -W "{" ".join(option.choices)}" -- "$current"))'
                else:
                    reply = 'COMPREPLY=($(compgen -f -- "$current"))'
                yield f"        {pattern}) {reply}; return ;;"
    yield "    esac"
    yield '    case "$path" in'
    for known in commands:
        words = [*known.choices, *(name for option in known.options for name in option.names)]
        files = " files=1" if known.takes_files else ""
        yield f'        "{_path(known.words)}") words="{" ".join(words)}"{files} ;;'
    yield "    esac"
    yield '    COMPREPLY=($(compgen -W "$words" -- "$current"))'
    yield '    [[ -n $files && $current != -* ]] && COMPREPLY+=($(compgen -f -- "$current"))'
    yield "}"
    yield "complete -o filenames -F _aioprometheus aioprometheus"


def _step(words: list[str]) -> str:
    """The branch of a `case` that goes on to a command."""
    return f'"{_path(words[:-1])} {words[-1]}") path="{_path(words)}"'


def _path(words: list[str]) -> str:
    return "/".join(words)


def _zsh(commands: list[_Command]) -> Iterator[str]:
    yield "#compdef aioprometheus"
    yield "_aioprometheus() {"
    yield "    local path='' word"
    yield "    local -a options values"
    yield '    for word in "${(@)words[2,CURRENT-1]}"; do'
    yield '        case "$path $word" in'
    for known in commands[1:]:
        yield f"            {_step(known.words)} ;;"
    yield "        esac"
    yield "    done"
    yield '    case "$path ${words[CURRENT-1]}" in'
    for known in commands:
        for option in known.options:
            if option.takes_value:
                pattern = "|".join(f'"{_path(known.words)} {name}"' for name in option.names)
                values = " ".join(option.choices)
                action = f"compadd -- {values}" if values else "_files"
                yield f"        {pattern}) {action}; return ;;"
    yield "    esac"
    yield '    case "$path" in'
    for known in commands:
        yield f'        "{_path(known.words)}")'
        if known.choices:
            described = zip(known.choices, known.helps, strict=True)
            values = " ".join(_zsh_item(name, text) for name, text in described)
            yield f"            values=({values}); _describe 'command' values"
        options = " ".join(
            _zsh_item(name, option.help) for option in known.options for name in option.names
        )
        yield f"            options=({options})"
        yield "            [[ $PREFIX == -* ]] && _describe 'option' options"
        if known.takes_files:
            yield "            [[ $PREFIX == -* ]] || _files"
        yield "            ;;"
    yield "    esac"
    yield "}"
    # Autoloaded from a directory of functions, the file is the function; sourced, it names it.
    yield 'if [[ $funcstack[1] == _aioprometheus ]]; then _aioprometheus "$@"'
    yield "else compdef _aioprometheus aioprometheus; fi"


def _zsh_item(name: str, text: str) -> str:
    return _quoted(f"{name}:{text}" if text else name)


def _quoted(text: str) -> str:
    """A text in single quotes, for a POSIX shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def _fish(commands: list[_Command]) -> Iterator[str]:
    yield "# fish completion for aioprometheus"
    yield "complete -c aioprometheus -f"
    for known in commands:
        seen = [f"__fish_seen_subcommand_from {word}" for word in known.words]
        if known.choices:
            seen.append(f"not __fish_seen_subcommand_from {' '.join(known.choices)}")
        elif not known.words:
            seen.append("__fish_use_subcommand")
        start = f"complete -c aioprometheus -n {_fish_quoted('; and '.join(seen))}"
        for choice, text in zip(known.choices, known.helps, strict=True):
            yield f"{start} -a {choice} -d {_fish_quoted(text)}"
        if known.takes_files:
            yield f"{start} -F"
        for option in known.options:
            names = [
                f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
                for name in option.names
            ]
            value = f" -x -a {_fish_quoted(' '.join(option.choices))}" if option.choices else ""
            value = value or (" -r" if option.takes_value else "")
            yield f"{start} {' '.join(names)}{value} -d {_fish_quoted(option.help)}"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
