"""A clean scene, and one for each fault. The line whose play leaves it ends with "here"."""

from manim import (
    BLACK,
    BLUE,
    DOWN,
    GRAY_A,
    GRAY_B,
    LEFT,
    PI,
    RIGHT,
    UP,
    WHITE,
    Circle,
    Create,
    Cross,
    DecimalNumber,
    Dot,
    FadeIn,
    FadeOut,
    Line,
    MovingCameraScene,
    NumberPlane,
    Rectangle,
    Scene,
    Sphere,
    SurroundingRectangle,
    Text,
    ThreeDScene,
    TransformFromCopy,
    VGroup,
    Write,
)

SHORT = {"run_time": 0.4}


class Clean(Scene):
    def construct(self):
        title = Text("Two circles", font_size=36).to_edge(UP)
        one, two = Circle().shift(2 * LEFT), Circle(fill_opacity=0.8, color=BLUE).shift(2 * RIGHT)
        inside = Text("two", font_size=30, color=BLACK).move_to(two)
        names = VGroup(Text("one", font_size=30).move_to(one), inside)
        line = Line(one.get_right(), two.get_left())
        number = Text("12", font_size=30).next_to(line, UP).add_background_rectangle()
        self.play(Write(title), **SHORT)
        self.play(Create(one), Create(two), Create(line), FadeIn(names), **SHORT)
        self.play(FadeIn(number), **SHORT)
        self.play(number.animate.move_to(line), **SHORT)  # its ground hides the line
        self.play(Create(SurroundingRectangle(names[0])), **SHORT)
        self.play(title.animate.set_opacity(0.3), **SHORT)  # steps back
        self.play(Create(Cross(inside)), **SHORT)  # crossed out
        copy = Text("one", font_size=30).to_edge(DOWN)
        self.play(TransformFromCopy(names[0], copy), **SHORT)  # begins over the original
        self.add(copy.copy())  # twice in one place
        begins = Text("other", font_size=30).move_to(names[0])
        self.play(begins.animate.shift(2 * DOWN), run_time=0.8)  # comes from behind another text
        self.play(FadeOut(title, shift=UP), copy.animate.shift(12 * RIGHT), **SHORT)
        self.wait(0.4)


class CleanChanges(Scene):
    def construct(self):
        text, shape = Text("a text").shift(4 * LEFT), Rectangle(width=1, height=1).shift(2 * UP)
        self.add(text, shape)
        self.wait(0.4)
        shape.become(Rectangle(width=3, height=0.5).shift(3 * DOWN))  # is another one: no jump
        self.wait(0.4)
        flickers = Text("brief").move_to(text)
        self.add(flickers)
        self.wait(0.2)
        self.remove(flickers)
        self.wait(0.6)


class CleanGround(Scene):
    def construct(self):
        self.add(NumberPlane(x_range=(-20, 20), y_range=(-20, 20)).set_opacity(0.2))
        number = DecimalNumber(0.99, background_stroke_width=8, background_stroke_color=BLACK)
        light = Rectangle(width=4, height=1, fill_opacity=1, color=WHITE).shift(2 * UP)
        outlined = Text("outline").set_stroke(BLACK, 6, background=True)
        self.add(number, light, outlined.move_to(light), Text("·").shift(2 * DOWN))
        self.wait(0.4)
        self.play(number.animate.set_value(1000), run_time=0.6)
        self.wait(0.4)


class CleanZoom(MovingCameraScene):
    def construct(self):
        text = Text("a long line of text")
        self.add(text)
        self.play(self.camera.frame.animate.scale(0.3).move_to(text.get_left()), **SHORT)
        self.wait(0.4)


class CleanSpace(ThreeDScene):
    def construct(self):
        self.set_camera_orientation(phi=PI / 4)
        title = Text("a ball").to_edge(UP)
        self.add(Sphere(resolution=(6, 6)))
        self.add_fixed_in_frame_mobjects(title)
        self.move_camera(theta=PI / 3, run_time=0.4)


class Outside(Scene):
    def construct(self):
        self.wait(0.4)
        self.play(FadeIn(Rectangle(width=2, height=1).shift(7 * RIGHT)), **SHORT)  # here
        self.wait(0.4)


class Unseen(Scene):
    def construct(self):
        self.add(Circle(), Text("nowhere").shift(12 * RIGHT))
        self.wait(0.4)  # here


class OverText(Scene):
    def construct(self):
        cost, number = Text("cost"), Text("0.32").shift(2 * UP)
        self.add(cost, number)
        self.wait(0.4)
        self.play(number.animate.move_to(cost), **SHORT)  # here
        self.wait(0.4)


class OverEdge(Scene):
    def construct(self):
        self.add(Line(4 * LEFT, 4 * RIGHT, color=BLUE))
        self.play(FadeIn(Text("weight")), **SHORT)  # here
        self.wait(0.4)


class UnderEdge(Scene):
    def construct(self):
        self.add(Text("weight"))
        self.play(Create(Line(4 * LEFT, 4 * RIGHT, color=BLUE)), **SHORT)  # here
        self.wait(0.4)


class Small(Scene):
    def construct(self):
        self.wait(0.4)
        self.play(FadeIn(Text("hardly", font_size=8)), **SHORT)  # here
        self.wait(0.4)


class Pale(Scene):
    def construct(self):
        self.add(Rectangle(width=6, height=3, fill_opacity=1, color=GRAY_B))
        self.play(FadeIn(Text("pale", color=GRAY_A)), **SHORT)  # here
        self.wait(0.4)


class Jumps(Scene):
    def construct(self):
        dot = Dot(3 * LEFT)
        self.play(FadeIn(dot), **SHORT)
        self.wait(0.4)
        dot.shift(6 * RIGHT)
        self.wait(0.4)  # here


class Empty(Scene):
    def construct(self):
        dot = Dot()
        self.play(FadeIn(dot), **SHORT)
        self.play(FadeOut(dot), **SHORT)
        self.wait(2)  # here
        self.play(FadeIn(dot), **SHORT)


class OnlyStands(Scene):
    def construct(self):
        self.add(Text("one"), Text("other"))
