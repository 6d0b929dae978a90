kedge_man_page(cli kedge-websocket "messages to and from any WebSocket server" websocket)
