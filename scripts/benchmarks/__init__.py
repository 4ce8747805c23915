"""vizmed beside what it is compared with: the same data, one run, each measurement in a process of its own.

    data -> contestants take turns, each in a process -> facts (JSON) -> agreement, goals, tables, plots

The rooms, from the inside out: `contest` says what a contest is; `data` makes what is worked on; `reading`,
`surfaces`, `writing`, `scripts`, `processes` and `turning` hold the contestants, `looking` what is told of their
results, and `contests` the list of all; `measure` lets one contestant work once, `run` lets all take turns; `goals`,
`tables` and `plots` tell what came out; `environment` installs the peers; `command` is the command line.
"""
