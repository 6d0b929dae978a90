kedge_man_page(cli kedge-agent-gate-call "run a tool behind an agent-gate" agent-gate call)
kedge_man_page(cli kedge-agent-gate-pending "take the results of agent-gate requests nobody waited for" agent-gate pending)
kedge_man_page(cli kedge-agent-gate-tools "list the tools behind an agent-gate" agent-gate tools)
