from PIL import Image

from tests.render.references import FOLDER, SCENES, drawn

for name in SCENES:
    Image.fromarray(drawn(name)).save(FOLDER / f"{name}.png", optimize=True)
