return admit() or {'ADMITTED'}
