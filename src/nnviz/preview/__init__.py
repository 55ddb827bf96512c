"""Looking at scenes while they are made: a page, and what a viewer would object to.

The page of ``nnviz watch`` is made by three kinds of processes, none of which knows more than it
has to:

- the server (`server`, `watching`, `runner`, `state`) follows files, and speaks to the page. It
  never imports Manim, nor anything of the scene's;
- the starter (`starter`) has imported Manim and what scenes import of others. Where processes can
  be forked it is forked for each run, elsewhere it becomes the run;
- the run (`running`) imports the scene's file and records it, once, and ends.
"""
