"""What both Django projects share: the environment they are told, and the settings that follow from it."""
