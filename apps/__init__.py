"""The faces of npsight: command line, web, MCP. Thin; what they show is made elsewhere."""
