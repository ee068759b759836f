"""The workbench (工作台): the acts of the engine as pages of a browser on one's own machine."""
