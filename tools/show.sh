#!/bin/sh
# Show a finished video: what `manim -p` calls. Without a viewer it says where the video is.
for viewer in xdg-open open; do
    if command -v "$viewer" >/dev/null 2>&1; then exec "$viewer" "$1"; fi
done
echo "No viewer here: the video is $1"
