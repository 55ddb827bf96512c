"""Look at scenes while they are written: the page of a scene, and inspection for mistakes.

Three kinds of processes make the page of ``nnviz watch``:

- The server (`server`, `watched_file`, `scene_runner`, `state`) follows files and talks to the
  page. It imports neither Manim nor the scene's file.
- The warm process (`warm_process`) has imported Manim and other packages that the scene imports.
  Where it can fork, each run is a fork of it; elsewhere it becomes the run.
- The run (`scene_run`) imports the scene's file, records the scene once, and ends.
"""
