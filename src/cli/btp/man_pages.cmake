kedge_man_page(cli kedge-btp-send "send an Interledger packet" btp send)
